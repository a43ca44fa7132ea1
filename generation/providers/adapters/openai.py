"""OpenAI's Images API, and every provider that speaks it: generate, edit, stream.

Source: openai-python 3.54, `resources/images.py`, `types/image_generate_params.py`, `types/image_edit_params.py`
and the stream events beside them. The official client makes the calls; answers are read as raw bytes, since its
typed parsing of images costs a hundred times as much (`generation/providers/openai/payload.py`).
"""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import httpx2
from openai import APIConnectionError, APIStatusError, NotFoundError, PermissionDeniedError
from openai._response import AsyncAPIResponse

from generation.catalog.sizes import AUTO
from generation.models import Outcome, Reason, Unit
from generation.providers import rate_limit_headers
from generation.providers.contract import DeliveredImage, Preview, ProbeError, ProviderCall, ProviderFailure
from generation.providers.openai import failures
from generation.providers.openai.client import client
from generation.providers.openai.payload import PayloadError, split

CONNECT_SECONDS = 5.0
ASK_SECONDS = 10.0
SMALL = 64 * 1024
MAX_BODY = 80 * 1024 * 1024
KNOWN = ("size", "quality", "background", "output_format", "output_compression", "moderation")
"""The image parameters that the API has."""


async def make(call: ProviderCall, preview: Preview) -> DeliveredImage:
    """Make one image. Raises `ProviderFailure`."""
    sent = time.monotonic()
    try:
        async with _request(call) as response:
            request = response.headers.get("x-request-id", "")
            allowed = rate_limit_headers.read(response.headers, time.monotonic() - sent)
            streamed = response.headers.get("content-type", "").startswith("text/event-stream")
            if call.partials and streamed:
                delivery = await _streamed(response, call, preview, request)
            else:
                await call.room.take()
                delivery = await _whole(response, request)
            return replace(delivery, allowance=allowed)
    except APIStatusError as error:
        raise failures.refused(error, time.monotonic() - sent) from error
    except APIConnectionError as error:
        raise failures.lost(error.__cause__ or error) from error
    except httpx2.TransportError as error:
        raise failures.lost(error) from error


async def ask(base_url: str, key: str, model: str) -> None:
    """Check that the provider answers, accepts our key and lists the model. Raises `ProbeError`."""
    try:
        await client(base_url, key).models.retrieve(model, timeout=ASK_SECONDS)
    except (APIStatusError, APIConnectionError, httpx2.TransportError) as error:
        is_denied = (
            isinstance(error, NotFoundError | PermissionDeniedError) and error.code == failures.UNKNOWN_MODEL
        )
        raise ProbeError(f"{type(error).__name__}: {error}"[:500], is_denied=is_denied) from error


async def list_ends(base_url: str, key: str) -> Mapping[str, object]:
    """Return what the list of models says of the end of each. Raises `ProbeError`."""
    try:
        response = await client(base_url, key).models.with_raw_response.list(timeout=ASK_SECONDS)
        listed = json.loads(response.content)["data"]
        return {str(model["id"]): model.get("shutdown_date") for model in listed}
    except (APIStatusError, APIConnectionError, httpx2.TransportError) as error:
        status = error.status_code if isinstance(error, APIStatusError) else failures.SERVER
        may_retry = status >= failures.SERVER or status == failures.TOO_MANY
        raise ProbeError(f"{type(error).__name__}: {error}"[:500], may_retry=may_retry) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProbeError(f"Its list of models makes no sense: {error!r}"[:500]) from error


def _request(call: ProviderCall) -> AbstractAsyncContextManager[AsyncAPIResponse[Any]]:
    options: dict[str, Any] = {
        "model": call.model,
        "prompt": call.prompt,
        "extra_body": call.changed(_parameters(call)),
        "extra_headers": {"Accept-Encoding": "identity", "Idempotency-Key": str(call.attempt)},
        "timeout": httpx2.Timeout(call.seconds, connect=CONNECT_SECONDS),
    }
    if call.references:
        options["image"] = [_file(f"image-{at}", data) for at, data in enumerate(call.references, start=1)]
    if call.mask:
        options["mask"] = _file("mask", call.mask)
    # The order has checked what overloads would.
    images: Any = client(call.base_url, call.key).images.with_streaming_response
    opened: AbstractAsyncContextManager[AsyncAPIResponse[Any]]
    opened = images.edit(**options) if call.references else images.generate(**options)
    return opened


def _parameters(call: ProviderCall) -> dict[str, Any]:
    """Build our own body, since a parameter that a provider does not know must not be sent at all."""
    asked = call.parameters.values()
    parameters: dict[str, Any] = {"n": 1, "safety_identifier": call.end_user}
    parameters |= {name: asked[name] for name in KNOWN if asked[name] not in ("", None)}
    # Edits have been refused for it, and this is what it means when it is left out.
    if call.references and parameters.get("moderation") == AUTO:
        del parameters["moderation"]
    if call.partials:
        parameters |= {"stream": True, "partial_images": call.partials}
    return parameters


def _file(name: str, data: bytes) -> tuple[str, bytes, str]:
    kind = {b"\x89P": "png", b"\xff\xd8": "jpeg"}.get(data[:2], "webp")
    return f"{name}.{kind}", data, f"image/{kind}"


async def _whole(response: AsyncAPIResponse[Any], request: str) -> DeliveredImage:
    body = bytearray()
    async for chunk in response.http_response.aiter_raw():
        _grow(body, chunk, request)
    try:
        document, pictures = split(body)
    except PayloadError as error:
        raise _nonsense(str(error), request) from error
    if len(pictures) != 1:
        raise _nonsense(f"{len(pictures)} images instead of one", request, document)
    return _delivery(pictures[0], document, request)


async def _streamed(
    response: AsyncAPIResponse[Any], call: ProviderCall, preview: Preview, request: str
) -> DeliveredImage:
    final, seen = None, False
    async for document, pictures in _events(response, call, request):
        kind = str(document.get("type", ""))
        if final is None and (failure := failures.streamed(document, request)):
            # Work was done, so another call is not free.
            if seen:
                failure.may_retry, failure.paid = False, True
            raise failure
        if kind.endswith(".partial_image") and pictures and final is None:
            seen = True
            await preview(pictures[0])
        elif kind.endswith(".completed") and pictures:
            if final:
                raise _nonsense("more than one image", request, document)
            final = _delivery(pictures[0], document, request)
        if final is None:
            call.room.leave()
    if final is None:
        raise _nonsense("the stream ended without an image", request)
    return final


async def _events(
    response: AsyncAPIResponse[Any], call: ProviderCall, request: str
) -> AsyncIterator[tuple[dict[str, Any], list[bytes]]]:
    """Yield the stream's events, each as (document, images)."""
    body, searched = bytearray(), 0
    async for chunk in response.http_response.aiter_raw():
        _grow(body, chunk, request)
        while (end := _blank_line(body, searched)) >= 0:
            if event := _event(body, end, request):
                yield event
            del body[: end + 2]
            searched = 0
        searched = max(0, len(body) - 2)
        if searched > SMALL:
            await call.room.take()


def _event(body: bytearray, end: int, request: str) -> tuple[dict[str, Any], list[bytes]] | None:
    start = body.find(b"data:", 0, end)
    if start < 0 or body.startswith(b" [DONE]", start + 5):
        return None
    with memoryview(body) as view, view[start + 5 : end] as data:
        try:
            return split(data)
        except PayloadError as error:
            raise _nonsense(str(error), request) from error


def _blank_line(body: bytearray, after: int) -> int:
    """Return where an event ends, its lines ending with LF or CRLF, or -1."""
    ends = [end for end in (body.find(b"\n\n", after), body.find(b"\n\r\n", after)) if end >= 0]
    return min(ends, default=-1)


def _grow(body: bytearray, chunk: bytes, request: str) -> None:
    body += chunk
    if len(body) > MAX_BODY:
        raise _nonsense(f"more than {MAX_BODY:,} bytes", request)


def _delivery(picture: bytes, document: dict[str, Any], request: str) -> DeliveredImage:
    usage = document.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    model = document.get("model")
    said = "".join(filter(str.isprintable, model)).strip() if isinstance(model, str) else ""
    return DeliveredImage(picture, _units(usage), usage, request, model=said)


def _units(usage: dict[str, Any]) -> dict[Unit, int]:
    inside = usage.get("input_tokens_details")
    inside = inside if isinstance(inside, dict) else {}
    counts = {
        Unit.TEXT_INPUT: inside.get("text_tokens"),
        Unit.IMAGE_INPUT: inside.get("image_tokens"),
        Unit.IMAGE_OUTPUT: usage.get("output_tokens"),
    }
    return {unit: count for unit, count in counts.items() if isinstance(count, int) and count > 0}


def _nonsense(words: str, request: str, document: dict[str, Any] | None = None) -> ProviderFailure:
    """Return the failure of a 200 without an image, with what it cost us."""
    usage = (document or {}).get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return ProviderFailure(
        Reason.WRONG_OUTPUT,
        Outcome.FAILED,
        words[:500],
        paid=True,
        units=_units(usage),
        usage=usage,
        request=request,
        status=200,
    )
