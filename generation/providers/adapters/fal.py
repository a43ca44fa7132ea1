"""fal.ai's queue, and with it FLUX and hundreds more: submit, poll until it is done, fetch the image.

Source: fal-client 1.0.3, docs.fal.ai/model-endpoints/queue and /errors. The official client makes the calls,
through our own transport for two reasons: calls must go only to fal's own hosts, and the client repeats a failed
submission by itself up to ten times, each of which fal would run and charge.
"""

import asyncio
import base64
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import fal_client
import httpx
from fal_client import AsyncClient, AsyncRequestHandle, Completed, FalClientHTTPError

from core.database.event_loops import per_loop
from core.tls import ssl_context
from generation.catalog.sizes import MEGAPIXEL, megapixels
from generation.media.executors import in_image_thread
from generation.media.inspection import WrongImage, shrink_to
from generation.models import Outcome, Reason, Unit
from generation.models.attempt import Blame
from generation.providers import rate_limit_headers
from generation.providers.contract import DeliveredImage, Preview, ProviderCall, ProviderFailure

HOST = "queue.fal.run"
OURS = (".fal.media", ".fal.ai", ".fal.run")
CONNECT_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
FIRST_PAUSE_TOLD, LONGEST_PAUSE_TOLD = 2.0, 15.0
"""Intervals where fal notifies us by its webhook and polling is the fallback."""
MAX_BODY = 60 * 1024 * 1024
FORBIDDEN, NOT_FOUND, UNPROCESSABLE, TOO_MANY, WITHDRAWN, SERVER = 403, 404, 422, 429, 499, 500
UNKNOWN_STATUS = (404, 410)
FLAGGED = "content_policy_violation"
OUT_OF_FUNDS = ("Exhausted balance", "TOP_UP")
"""What a 403 says when our account is locked for lack of funds (seen in fal-ai/fal#1163)."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class SubmissionError(Exception):
    """A submission that got no request id; not one of httpx's errors, so that the official client lets it through."""

    def __init__(self, failure: ProviderFailure) -> None:
        super().__init__(failure.error)
        self.failure = failure


class UnknownRequestError(ValueError):
    """fal knows no request with that id."""


class Transport(httpx.AsyncHTTPTransport):
    """Redirects the queue's host to the address in the provider's row, and sends each submission once."""

    def __init__(self, base_url: str) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        super().__init__(limits=limits, verify=ssl_context())
        self._base = httpx.URL(base_url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raise `SubmissionError` at once if a submission fails."""
        if request.url.host == HOST and self._base.host != HOST:
            path = self._base.raw_path.rstrip(b"/") + request.url.raw_path
            request.url = self._base.copy_with(raw_path=path)
            request.headers["host"] = self._base.netloc.decode()
        if request.method != "POST":
            return await super().handle_async_request(request)
        try:
            response = await super().handle_async_request(request)
            # Read it here: the client repeats whatever fails later.
            await response.aread()
        except httpx.HTTPError as error:
            raise SubmissionError(_lost(error)) from error
        if response.is_error:
            failure = _refused(response.status_code, _detail(response), response.headers)
            # There is no such application, or it is not open to us.
            if response.status_code == NOT_FOUND:
                failure.blame = Blame.ACCESS
            raise SubmissionError(failure)
        return response


class Client(AsyncClient):
    """The official client over our transport."""

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(key=key)
        timeout = httpx.Timeout(60.0, connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Key {key}"}
        self.wire = httpx.AsyncClient(transport=Transport(base_url), headers=headers, timeout=timeout)
        self.files = httpx.AsyncClient(timeout=timeout, verify=ssl_context())
        self.host = urlsplit(base_url).hostname or ""

    @property
    async def _client(self) -> httpx.AsyncClient:
        return self.wire


async def make(call: ProviderCall, preview: Preview) -> DeliveredImage:
    """Make one image, resuming an earlier attempt's request if fal still knows it. Raises `ProviderFailure`."""
    client = _client(call)
    try:
        result = await _taken_up(client, call) if call.upstream.request else None
        if result is None:
            result = await _result(await _submitted(client, call), call)
        return await _delivery(client, result, call)
    except SubmissionError as error:
        raise error.failure from error
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        raise _lost(error, call.upstream.request) from error


async def withdraw(call: ProviderCall) -> None:
    """Cancel the request, at no cost before it starts; one that is done or out of reach runs to its end."""
    if not call.upstream.request:
        return
    with suppress(httpx.HTTPError, FalClientHTTPError, TimeoutError):
        async with asyncio.timeout(CONNECT_SECONDS):
            await _handle(_client(call), call).cancel()


def _client(call: ProviderCall) -> Client:
    return _client_at(call.base_url, call.key)


@per_loop
def _client_at(base_url: str, key: str) -> Client:
    """Return the client of this loop, address and key; it keeps its connections."""
    return Client(base_url, key)


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
    handle: AsyncRequestHandle = await client.submit(application, arguments, webhook_url=webhook)
    await call.upstream.accepted(handle.request_id)
    return handle


async def _taken_up(client: Client, call: ProviderCall) -> dict[str, Any] | None:
    """Return the result of an earlier attempt's request, or None if fal does not know it."""
    try:
        return await _result(_handle(client, call), call)
    except UnknownRequestError:
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
        while not isinstance(await handle.status(), Completed):
            await call.upstream.wait_for_notice(pause)
            pause = min(longest, pause * 1.5)
    except FalClientHTTPError as error:
        if error.status_code in UNKNOWN_STATUS:
            raise UnknownRequestError(f"{error.status_code} {error.message}"[:500]) from error
        raise _lost(error, handle.request_id) from error
    try:
        result: dict[str, Any] = await handle.get()
    except FalClientHTTPError as error:
        failure = _refused(error.status_code, error.message, httpx.Headers(error.response_headers))
        failure.request = handle.request_id
        raise failure from error
    return result


async def _delivery(client: Client, result: dict[str, Any], call: ProviderCall) -> DeliveredImage:
    images, request = result.get("images") or [], call.upstream.request
    usage: dict[str, Any] = {
        name: result[name] for name in ("seed", "timings", "has_nsfw_concepts") if name in result
    }
    if len(images) != 1:
        raise _wrong(f"{len(images)} images instead of one", request, usage)
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
    return DeliveredImage(data, units, usage, request, is_kept=True)


async def _fetch(client: Client, url: str, usage: dict[str, Any], call: ProviderCall) -> bytes:
    """Download the image at once: its URL lasts only as long as fal likes."""
    request = call.upstream.request
    if url.startswith("data:"):
        return base64.b64decode(url.partition(",")[2])
    host = urlsplit(url).hostname or ""
    if host != client.host and not host.endswith(OURS):
        raise _wrong(f"an image at the foreign host {host!r}", request, usage)
    body = bytearray()
    async with client.files.stream("GET", url) as response:
        await call.room.take()
        if response.status_code == TOO_MANY or response.status_code >= SERVER:
            response.raise_for_status()
        if response.is_error:
            raise _wrong(f"the image's address answers {response.status_code}", request, usage)
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BODY:
                raise _wrong(f"more than {MAX_BODY:,} bytes", request, usage)
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


def _detail(response: httpx.Response) -> Any:
    try:
        body = response.json()
    except ValueError:
        return response.text[:500]
    return body.get("detail", body) if isinstance(body, dict) else body


def _refused(status: int, detail: Any, headers: httpx.Headers) -> ProviderFailure:
    """Convert an HTTP status of 400 or more; fal charges for none of them."""
    words = f"{status} {detail}"[:500]
    request = headers.get("x-fal-request-id", "")
    kinds = (
        {str(one.get("type")) for one in detail if isinstance(one, dict)}
        if isinstance(detail, list)
        else set()
    )
    if status == UNPROCESSABLE and FLAGGED in kinds:
        told = {"stage": "input", "categories": []}
        return ProviderFailure(
            Reason.MODERATION_INPUT, Outcome.REFUSED, words, detail=told, request=request, status=status
        )
    is_broke = status == FORBIDDEN and any(reason in words for reason in OUT_OF_FUNDS)
    may_retry = status in {TOO_MANY, WITHDRAWN} or status >= SERVER
    return ProviderFailure(
        Reason.PROVIDER_BUSY if status == TOO_MANY else Reason.PROVIDER_ERROR,
        Outcome.FAILED,
        words,
        may_retry=may_retry,
        retry_after=rate_limit_headers.seconds(headers) if may_retry else None,
        request=request,
        status=status,
        blame=Blame.FUNDS if is_broke else None,
    )


def _lost(error: Exception, request: str = "") -> ProviderFailure:
    """Convert a missing or invalid answer: once a request was sent, an image may have been made."""
    words = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, _UNSENT) and not request:
        return ProviderFailure(Reason.PROVIDER_BUSY, Outcome.FAILED, words, may_retry=True)
    reason = Reason.TIMEOUT if isinstance(error, httpx.TimeoutException) else Reason.PROVIDER_ERROR
    return ProviderFailure(reason, Outcome.UNKNOWN, words, paid=True, runs_on=bool(request), request=request)


def _wrong(words: str, request: str, usage: dict[str, Any]) -> ProviderFailure:
    return ProviderFailure(
        Reason.WRONG_OUTPUT, Outcome.FAILED, words, paid=True, usage=usage, request=request, status=200
    )
