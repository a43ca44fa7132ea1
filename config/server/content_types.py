"""Content-Type headers that Django can read: on others it fails before any middleware."""

import codecs
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.utils.http import parse_header_parameters

FORMS: Final = {"application/x-www-form-urlencoded", "multipart/form-data"}
UTF_8: Final = {"utf-8", "ascii"}
UNREAD: Final = "application/octet-stream"


def sanitize_header(header: str) -> str:
    """Return the header if all of it is understood; otherwise the harmless part of it.

    All text is UTF-8. JSON is so whatever its charset says (RFC 8259, section 11); a form in another charset
    is not read at all.
    """
    try:
        kind, options = parse_header_parameters(header)
        if "charset" not in options or codecs.lookup(options["charset"]).name in UTF_8:
            return header
    except (ValueError, LookupError):
        kind = header.partition(";")[0].strip().lower()
    return UNREAD if kind in FORMS or not kind.isascii() else kind


def wsgi(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Wrap a WSGI application with `sanitize_header`."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = sanitize_header(environ.get("CONTENT_TYPE", ""))
        return app(environ, start_response)

    return wrapped


def asgi(app: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an ASGI application with `sanitize_header`; several headers are all ignored."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        values = [value for name, value in scope.get("headers", ()) if name == b"content-type"]
        if values:
            kind = sanitize_header(values[0].decode("latin-1")) if len(values) == 1 else UNREAD
            others = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            scope = scope | {"headers": [*others, (b"content-type", kind.encode("latin-1"))]}
        await app(scope, receive, send)

    return wrapped
