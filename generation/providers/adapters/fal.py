"""fal.ai's queue, and with it FLUX and hundreds more: submit, poll until it is done, fetch the image.

Sources: fal-client 1.0.3, docs.fal.ai/model-endpoints/queue, /errors and /documentation/model-apis/media-expiration.
"""

import asyncio
import base64
import uuid
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import fal_client
import httpx
from django.conf import settings
from fal_client import AsyncRequestHandle, Completed, FalClientHTTPError, Queued

from core.inputs import parsing
from core.tls import ssl_context
from generation.catalog.sizes import MEGAPIXEL, megapixels
from generation.media.executors import in_image_thread
from generation.media.inspection import WrongImage, shrink_to
from generation.models import Outcome, Reason, Unit
from generation.models.attempt import Blame
from generation.providers.contract import (
    DeliveredImage,
    ForgetError,
    Preview,
    ProbeError,
    ProviderCall,
    ProviderFailure,
)
from generation.providers.fal.client import CONNECT_SECONDS, HEADERS, Client, SubmissionError, client_at
from generation.providers.fal.failures import (
    SERVER,
    TOO_MANY,
    FileGoneError,
    UnknownRequestError,
    detail_of,
    lost,
    refused,
    wrong,
)

OURS = (".fal.media", ".fal.ai", ".fal.run")
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
FIRST_PAUSE_TOLD, LONGEST_PAUSE_TOLD = 2.0, 15.0
"""Intervals where fal notifies us by its webhook and polling is the fallback."""
MAX_BODY = 60 * 1024 * 1024
GONE = (404, 410)
DENIED = (401, 403)


async def make(call: ProviderCall, preview: Preview) -> DeliveredImage:
    """Make one image, resuming an earlier attempt's request if fal still knows it. Raises `ProviderFailure`."""
    client = client_at(call.base_url, call.key)
    try:
        if call.upstream.request and (delivered := await _resumed(client, call)):
            return delivered
        return await _delivery(client, await _result(await _submitted(client, call), call), call)
    except (SubmissionError, FileGoneError) as error:
        raise error.failure from error
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        raise lost(error, call.upstream.request) from error


async def withdraw(call: ProviderCall) -> bool:
    """Cancel the request; one that is done or out of reach runs to its end.

    Returns:
        Whether it still waited in fal's queue, so that it costs nothing.
    """
    if not call.upstream.request:
        return False
    with suppress(httpx.HTTPError, FalClientHTTPError, TimeoutError):
        async with asyncio.timeout(CONNECT_SECONDS):
            handle = _handle(client_at(call.base_url, call.key), call)
            waited = isinstance(await handle.status(), Queued)
            await handle.cancel()
            return waited
    return False


async def check_key(base_url: str, key: str) -> None:
    """Ask for a request that there is not, which only a known key is told. Raises `ProbeError`."""
    url = f"{base_url.rstrip('/')}/fal-ai/flux/requests/{uuid.uuid4()}/status"
    try:
        async with httpx.AsyncClient(timeout=CONNECT_SECONDS * 2, verify=ssl_context()) as client:
            response = await client.get(url, headers={"Authorization": f"Key {key}"})
    except httpx.HTTPError as error:
        raise ProbeError(f"{type(error).__name__}: {error}", may_retry=True) from error
    if response.status_code not in GONE:
        words = f"{response.status_code} {response.text[:200]}"
        is_denied = response.status_code in DENIED
        raise ProbeError(words, is_denied=is_denied, may_retry=response.status_code >= SERVER)


async def forget(base_url: str, key: str, request: str) -> None:
    """Delete what fal keeps of a request: what went in, what came out, and the files that came out.

    It needs a key of the scope ADMIN: `FAL_ADMIN_KEY`, or the provider's own. Raises `ForgetError`.
    """
    if settings.FAL_ADMIN_KEY and key == settings.FAL_KEY:
        key = settings.FAL_ADMIN_KEY
    url = f"{settings.FAL_PLATFORM_URL}/models/requests/{request}/payloads"
    try:
        async with httpx.AsyncClient(timeout=CONNECT_SECONDS * 2, verify=ssl_context()) as client:
            response = await client.delete(url, headers={"Authorization": f"Key {key}"})
    except httpx.HTTPError as error:
        raise ForgetError(f"{type(error).__name__}: {error}", may_retry=True) from error
    if response.is_error and response.status_code not in GONE:
        words = f"{response.status_code} {response.text[:200]}"
        raise ForgetError(words, may_retry=response.status_code not in DENIED)


async def _submitted(client: Client, call: ProviderCall) -> AsyncRequestHandle:
    application = call.model + ("/edit" if call.references else "")
    webhook = call.upstream.webhook or None
    try:
        references = [await in_image_thread(_inline)(data) for data in call.references]
    except WrongImage as wrong:
        raise ProviderFailure(
            Reason.STORAGE_ERROR, Outcome.FAILED, f"A reference {wrong}", blame=Blame.NOBODY
        ) from wrong
    arguments = call.changed(_arguments(call, references))
    handle: AsyncRequestHandle = await client.submit(
        application,
        arguments,
        webhook_url=webhook,
        headers=dict(HEADERS),
        start_timeout=call.queue_seconds,
    )
    await call.upstream.accepted(handle.request_id)
    return handle


async def _resumed(client: Client, call: ProviderCall) -> DeliveredImage | None:
    """Return what an earlier attempt's request has made, or None if fal has it no more."""
    try:
        return await _delivery(client, await _result(_handle(client, call), call), call)
    except (UnknownRequestError, FileGoneError):
        return None


def _handle(client: Client, call: ProviderCall) -> AsyncRequestHandle:
    """Build the handle of an upstream request from its id; fal's own URLs of it are not known any more."""
    wire = client.wire
    handle: AsyncRequestHandle = AsyncRequestHandle.from_request_id(wire, call.model, call.upstream.request)
    return handle


def _arguments(call: ProviderCall, references: list[str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "prompt": call.prompt,
        "num_images": 1,
        "output_format": call.parameters.output_format,
        "enable_safety_checker": True,
    }
    if size := call.parameters.pixels:
        arguments["image_size"] = size._asdict()
    if call.parameters.seed is not None:
        arguments["seed"] = call.parameters.seed
    if references:
        arguments["image_urls"] = references
    return arguments


def _inline(data: bytes) -> str:
    """Encode a reference of at most a megapixel, since fal charges for each; the smaller copy is not kept."""
    data = shrink_to(data, MEGAPIXEL)
    kind = {b"\x89P": "png", b"\xff\xd8": "jpeg"}.get(data[:2], "webp")
    return fal_client.encode(data, f"image/{kind}")


async def _result(handle: AsyncRequestHandle, call: ProviderCall) -> dict[str, Any]:
    """Poll until the request is done, rarely where fal notifies us."""
    pause, longest = (
        (FIRST_PAUSE_TOLD, LONGEST_PAUSE_TOLD) if call.upstream.webhook else (FIRST_PAUSE, LONGEST_PAUSE)
    )
    try:
        while not isinstance(status := await handle.status(), Completed):
            call.clock.show(waits=isinstance(status, Queued))
            await call.upstream.wait_for_notice(pause)
            pause = min(longest, pause * 1.5)
    except FalClientHTTPError as error:
        if error.status_code in GONE:
            raise UnknownRequestError(f"{error.status_code} {error.message}"[:500]) from error
        raise lost(error, handle.request_id) from error
    try:
        result: dict[str, Any] = await handle.get()
    except FalClientHTTPError as error:
        if error.status_code in GONE:
            raise UnknownRequestError(f"{error.status_code} {error.message}"[:500]) from error
        headers = httpx.Headers(error.response_headers)
        failure = refused(error.status_code, detail_of(error.response), headers, ran=True)
        failure.request = handle.request_id
        raise failure from error
    return result


async def _delivery(client: Client, result: dict[str, Any], call: ProviderCall) -> DeliveredImage:
    images, request = result.get("images") or [], call.upstream.request
    usage: dict[str, Any] = {
        name: result[name] for name in ("seed", "timings", "has_nsfw_concepts") if name in result
    }
    if len(images) != 1:
        raise wrong(f"{len(images)} images instead of one", request, usage)
    units = _units(images[0], call)
    if any(result.get("has_nsfw_concepts") or ()):
        raise ProviderFailure(
            Reason.MODERATION_OUTPUT,
            Outcome.REFUSED,
            "flagged by the model's safety checker",
            paid=True,
            detail={"stage": "output", "categories": []},
            units=units,
            usage=usage,
            request=request,
            status=200,
        )
    data = await _fetch(client, str(images[0].get("url", "")), usage, call)
    return DeliveredImage(data, units, usage, request, is_kept=True, seed=_seed(result))


def _seed(result: dict[str, Any]) -> int | None:
    """Return the seed that fal has used, whether or not we named one."""
    seed = parsing.integer(result.get("seed"))
    return seed if seed is not None and abs(seed) <= parsing.FAR else None


async def _fetch(client: Client, url: str, usage: dict[str, Any], call: ProviderCall) -> bytes:
    """Download the image at once: its URL lasts only as long as fal likes."""
    request = call.upstream.request
    if url.startswith("data:"):
        return base64.b64decode(url.partition(",")[2])
    host = urlsplit(url).hostname or ""
    if host != client.host and not host.endswith(OURS):
        raise wrong(f"an image at the foreign host {host!r}", request, usage)
    body = bytearray()
    async with client.files.stream("GET", url) as response:
        await call.room.take()
        if response.status_code == TOO_MANY or response.status_code >= SERVER:
            response.raise_for_status()
        if response.is_error:
            answers = wrong(f"the image's address answers {response.status_code}", request, usage)
            raise FileGoneError(answers) if response.status_code in GONE else answers
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BODY:
                raise wrong(f"more than {MAX_BODY:,} bytes", request, usage)
    return bytes(body)


def _units(image: dict[str, Any], call: ProviderCall) -> dict[Unit, int]:
    ordered = call.parameters.pixels or (None, None)
    width, height = image.get("width") or ordered[0], image.get("height") or ordered[1]
    units = {Unit.IMAGE: 1}
    if references := len(call.references):
        # Each was sent with one megapixel at most.
        units[Unit.MEGAPIXEL_INPUT] = references
    if isinstance(width, int) and isinstance(height, int):
        out = megapixels(width * height)
        units |= {Unit.FIRST_MEGAPIXEL: 1, Unit.MEGAPIXEL: out - 1}
        if references:
            units[Unit.EDIT_MEGAPIXEL] = out
    return units
