"""Request bodies: read to the end before anything begins, bounded, and with their true length.

A client need not declare a length (`Transfer-Encoding: chunked`, RFC 9112 section 7.1; HTTP/2), yet WSGI,
Django's form parser and DRF all take a body without `Content-Length` for an empty one. So this wraps both
processes, before any route: the application always sees the length that the body really has.
"""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import ExitStack
from typing import IO, Any, ClassVar, Final

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.http import HttpRequest

from api.bodies.senders import REFUSALS, Sender, identify_wsgi
from api.openai.input_images import MAX_IMAGES
from core.errors import Refusal
from generation.media import provenance, sanitizing

type Scope = dict[str, Any]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
type Environ = dict[str, Any]
type StartResponse = Callable[..., Any]
type WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

MB: Final = 1024 * 1024
WORDS: Final = MB
"""Bytes for the other fields of a form with files."""
ONE_IMAGE: Final = sanitizing.MAX_GIVEN_BYTES + WORDS
TOGETHER: Final = (MAX_IMAGES + 1) * sanitizing.MAX_BYTES + WORDS
"""Bytes of several images in one body, each of which may have as many as a single one."""
LARGEST: Final = {
    "/v1/images/edits": TOGETHER,
    "/references/add": TOGETHER,
    "/studio/references": ONE_IMAGE,
    "/studio/generate": ONE_IMAGE,
    "/api/v1/references": ONE_IMAGE,
    "/verify": provenance.MAX_BYTES + WORDS,
}
"""Maximum bytes of a body by path, where more than `DATA_UPLOAD_MAX_MEMORY_SIZE` makes sense; see `senders`."""
PATIENCE: Final = 60.0
"""Seconds within which more of a body has to arrive."""
MAX_SECONDS: Final = 600.0
"""Seconds within which all of it has to arrive."""
CHUNK: Final = 256 * 1024
REFUSED: Final = "createio.body_refused"
"""Key in the scope or environ of a request whose body was refused; the value says why."""
_NUMBER: Final = re.compile(r"[0-9]{1,15}")


class BodyUnclear(Refusal):
    """The headers contradict each other or the body about where the body ends."""

    code: ClassVar[str] = "body_length_unclear"
    status: ClassVar[int] = 400


class BodyLate(Refusal):
    """The body stopped arriving, or arrived too slowly."""

    code: ClassVar[str] = "body_too_slow"
    status: ClassVar[int] = 408


class LengthMissing(Refusal):
    """The server that this runs on can't tell where a body without Content-Length ends."""

    code: ClassVar[str] = "length_required"
    status: ClassVar[int] = 411


class BodyTooLarge(Refusal):
    """The body is larger than this address accepts."""

    code: ClassVar[str] = "body_too_large"
    status: ClassVar[int] = 413


class EncodingRefused(Refusal):
    """The body is compressed."""

    code: ClassVar[str] = "unsupported_content_encoding"
    status: ClassVar[int] = 415

    @property
    def headers(self) -> dict[str, str]:
        """Accept-Encoding, with what may be sent (RFC 9110, section 15.5.16)."""
        return {"Accept-Encoding": "identity"}


class RequestBodyMiddleware:
    """ASGI middleware that passes on whole bodies, or the reason why there is none."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with spool() as body, ExitStack() as held:
            try:
                scope = await read_whole(scope, receive, body, held)
            except RequestAborted:
                return
            except REFUSALS as refusal:
                scope, send = without_body(scope) | {REFUSED: refusal}, closing_connection(send)
                body.truncate(0)
                body.seek(0)
            await self.app(scope, _again(body, receive), send)


class WsgiRequestBodyMiddleware:
    """WSGI middleware that passes on whole bodies, or the reason why there is none."""

    def __init__(self, app: WsgiApp) -> None:
        self.app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        with spool() as body:
            size = 0
            try:
                size = _take(environ, body)
            except REFUSALS as refusal:
                body.truncate(0)
                environ[REFUSED] = refusal
            body.seek(0)
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ |= {"CONTENT_LENGTH": str(size), "wsgi.input": body}
            return self.app(environ, start_response)


def refusal_of(request: HttpRequest) -> Exception | None:
    """Return why the body is missing; None if the request has the body that it was sent with."""
    found: Exception | None = getattr(request, "scope", request.META).get(REFUSED)
    return found


def spool() -> IO[bytes]:
    """Open a file for a body: in memory while it is small, on disk from then on."""
    return tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b")


async def read_whole(scope: Scope, receive: Receive, body: IO[bytes], held: ExitStack) -> Scope:
    """Read a request's body into `body` and rewind it.

    Args:
        scope: of the request.
        receive: receives the body.
        body: where it is kept.
        held: closed once the request has ended; until then a large body holds a place.

    Returns:
        The scope with the body's true length.

    Raises:
        Refusal: it is too large, too slow, or nobody can say where it ends.
        APIException: the sender of a large one is unknown.
        Error: the database could not be asked who that is.
        RequestAborted: the client disconnected in the middle.
    """
    told = _declared(_values(scope, b"content-length"), _values(scope, b"transfer-encoding"))
    most = _most(scope["path"])
    _refuse_larger(told, most, times=2)
    size, more = 0, True
    sender = Sender(scope, held, is_limited=most > settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    await sender.may_send(told or 0)
    try:
        async with asyncio.timeout(MAX_SECONDS):
            # Up to twice the limit is read and dropped: a client that is still sending does not read a
            # response.
            while more and size <= most * 2:
                message = await asyncio.wait_for(receive(), PATIENCE)
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                chunk = message.get("body", b"")
                size += len(chunk)
                if size <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
                    body.write(chunk)
                elif size <= most and await sender.may_send(size):
                    await asyncio.to_thread(body.write, chunk)
                more = message.get("more_body", False)
    except TimeoutError as error:
        raise BodyLate(
            "The body stopped arriving before it was complete. Nothing was charged; send the request again."
        ) from error
    if sender.refusal is not None:
        raise sender.refusal
    _refuse_larger(size, most)
    if told not in {None, size}:
        raise _unclear()
    _refuse_compressed(size, _values(scope, b"content-encoding"))
    body.seek(0)
    bare = without_body(scope)
    return bare | {"headers": [*bare["headers"], (b"content-length", b"%d" % size)]}


def without_body(scope: Scope) -> Scope:
    """Return the scope without the headers about a body's length."""
    told = {b"content-length", b"transfer-encoding"}
    return scope | {"headers": [pair for pair in scope["headers"] if pair[0] not in told]}


def closing_connection(send: Send) -> Send:
    """Make `send` close the connection: what else its client sends is part of the body that was refused."""

    async def last(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return last


def _again(body: IO[bytes], receive: Receive) -> Receive:
    """Make a `receive` for the application: first the body that was already read."""
    more = True

    async def from_the_start() -> Message:
        nonlocal more
        if not more:
            while (message := await receive())["type"] == "http.request":
                # Of a body that was refused.
                pass
            return message
        chunk = body.read(CHUNK)
        more = len(chunk) == CHUNK
        return {"type": "http.request", "body": chunk, "more_body": more}

    return from_the_start


def _take(environ: Environ, body: IO[bytes]) -> int:
    """Read the body of a WSGI request into `body`; return its length."""
    told = _declared(_named(environ, "CONTENT_LENGTH"), _named(environ, "HTTP_TRANSFER_ENCODING"))
    if told is None and not environ.get("wsgi.input_terminated"):
        if "HTTP_TRANSFER_ENCODING" in environ:
            raise LengthMissing(
                "The Content-Length header is missing. Nothing was charged; send it with the body."
            )
        return 0
    most = _most(environ.get("PATH_INFO", ""))
    _refuse_larger(told, most)
    size, stream = 0, environ["wsgi.input"]
    end = most + 1 if told is None else told
    is_known = most <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    while size < end and (chunk := stream.read(min(CHUNK, end - size))):
        size += len(chunk)
        if not is_known and max(size, told or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            identify_wsgi(environ)
            is_known = True
        body.write(chunk)
    _refuse_larger(size, most)
    if told is not None and size < told:
        raise _unclear()
    _refuse_compressed(size, _named(environ, "HTTP_CONTENT_ENCODING"))
    return size


def _declared(lengths: list[str], encodings: list[str]) -> int | None:
    """Parse the length that the headers declare; None if the body itself marks its end."""
    if encodings:
        if lengths or ",".join(encodings).strip().lower() != "chunked":
            raise _unclear()
        return None
    told = {one.strip() for value in lengths for one in value.split(",")}
    if not told:
        return None
    if len(told) > 1 or not _NUMBER.fullmatch(length := told.pop()):
        raise _unclear()
    return int(length)


def _unclear() -> BodyUnclear:
    return BodyUnclear(
        "The headers contradict each other, or the body, about the body's length. Nothing was charged; "
        "send one Content-Length, or Transfer-Encoding: chunked."
    )


def _most(path: str) -> int:
    return LARGEST.get(path, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _refuse_larger(size: int | None, most: int, *, times: int = 1) -> None:
    if size is not None and size > most * times:
        raise BodyTooLarge(
            f"The body is larger than {most // MB} MB, the limit for this address. Nothing was charged."
        )


def _refuse_compressed(size: int, encodings: list[str]) -> None:
    if size and {one.strip().lower() for value in encodings for one in value.split(",")} - {"", "identity"}:
        raise EncodingRefused(
            "Compressed bodies are not read. Nothing was charged; send the body without Content-Encoding."
        )


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _named(environ: Environ, name: str) -> list[str]:
    return [environ[name]] if environ.get(name) else []
