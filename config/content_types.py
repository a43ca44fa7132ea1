"""Content-Type as Django can read it: what it stumbles over in its own constructor, no middleware ever sees."""

import codecs
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.utils.http import parse_header_parameters

FORMS: Final = {"application/x-www-form-urlencoded", "multipart/form-data"}
UTF_8: Final = {"utf-8", "ascii"}
UNREAD: Final = "application/octet-stream"


def readable(header: str) -> str:
    """The header itself where all of it is known here; else as much of it as does no harm.

    All text is UTF-8. JSON is so whatever its charset says (RFC 8259, section 11); a form in another charset is not
    read at all.
    """
    try:
        kind, options = parse_header_parameters(header)
        if "charset" not in options or codecs.lookup(options["charset"]).name in UTF_8:
            return header
    except (ValueError, LookupError):
        kind = header.partition(";")[0].strip().lower()
    return UNREAD if kind in FORMS or not kind.isascii() else kind


def wsgi(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """`app` behind `readable`."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = readable(environ.get("CONTENT_TYPE", ""))
        return app(environ, start_response)

    return answer


def asgi(app: Callable[..., Any]) -> Callable[..., Any]:
    """The same of an ASGI application; of several headers none is believed."""

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        told = [value for name, value in scope.get("headers", ()) if name == b"content-type"]
        if told:
            kind = readable(told[0].decode("latin-1")) if len(told) == 1 else UNREAD
            others = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            scope = scope | {"headers": [*others, (b"content-type", kind.encode("latin-1"))]}
        await app(scope, receive, send)

    return answer
