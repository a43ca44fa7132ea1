"""Pages of other origins may call the API, with a token and never with a cookie (Fetch standard, "CORS protocol").

A token is sent on purpose, by whoever holds it; a cookie is sent by the browser, whoever wrote the page. So every
answer of the API may be read by every origin, as with OpenAI, and a request that another origin caused loses its
cookies before anything reads them. `Access-Control-Allow-Credentials` is never sent.

It stands in front of both processes, so that refusals and faults of whatever lies behind have the headers, too.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

PATHS: Final = ("/v1/", "/api/v1/")
METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
"""What a preflight allows everywhere, so that a wrong method is told by a readable 405."""
USUAL_HEADERS: Final = "Authorization, Content-Type"
SECONDS: Final = "7200"
"""How long a browser may remember a preflight; Chromium's own limit."""
EXPOSED: Final = ", ".join(
    (
        *(
            "X-Request-ID",
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "Idempotent-Replayed",
            "Location",
            "ETag",
            "Allow",
        ),
        *(
            "CreateIO-Generation",
            "CreateIO-Credits-Charged",
            "CreateIO-Credits-Available",
            "CreateIO-Version",
        ),
        *("CreateIO-Warning", "Preference-Applied", "WWW-Authenticate", "Content-Disposition"),
        *("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
        *("x-should-retry", "openai-processing-ms", "x-litellm-response-cost"),
    )
)
"""Headers of answers that a page may read besides those that it always may."""
FOREIGN_SITES: Final = {"cross-site", "same-site"}
"""What `Sec-Fetch-Site` says of a request that another origin caused."""
_NAMES: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\-, ]{1,2000}")

type Headers = list[tuple[str, str]]


def is_foreign(path: str, headers: dict[str, str]) -> bool:
    """Return whether a page of another origin asks for something of the API.

    Args:
        path: what is asked for.
        headers: of the request, by their names in lower case.
    """
    if not path.startswith(PATHS):
        return False
    origin = headers.get("origin")
    if origin is None:
        # An image or a script; a link that a person follows is no request of a page.
        return headers.get("sec-fetch-site") in FOREIGN_SITES and headers.get("sec-fetch-mode") != "navigate"
    own = {urlsplit(settings.BASE_URL).netloc, headers.get("host", "")}
    # `null`, of a page in a sandbox, is nobody's.
    return origin.partition("://")[2] not in own - {""}


def preflight(method: str, path: str, headers: dict[str, str]) -> Headers | None:
    """Return the headers that answer a browser's question before the request itself; None for other requests."""
    is_asked = method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
    if not (is_asked and path.startswith(PATHS)):
        return None
    asked = headers.get("access-control-request-headers", "")
    return [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", METHODS),
        # An asterisk would not include Authorization.
        ("Access-Control-Allow-Headers", asked if _NAMES.fullmatch(asked) else USUAL_HEADERS),
        ("Access-Control-Max-Age", SECONDS),
        ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        ("Content-Length", "0"),
    ]


def allow(headers: Headers, *, foreign: bool) -> Headers:
    """Return an answer's headers with those for a page of another origin, if one asked."""
    vary = ", ".join(value for name, value in headers if name.lower() == "vary")
    together = [(name, value) for name, value in headers if name.lower() != "vary"]
    if "origin" not in {word.strip().lower() for word in vary.split(",")}:
        vary = f"{vary}, Origin" if vary else "Origin"
    together.append(("Vary", vary))
    if foreign:
        together += [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED)]
    return together


def asgi(app: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an ASGI application."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PATHS):
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if (answer := preflight(scope["method"], path, headers)) is not None:
            await send({"type": "http.response.start", "status": 204, "headers": _bytes(answer)})
            await send({"type": "http.response.body", "body": b""})
            return
        foreign = is_foreign(path, headers)
        if foreign:
            scope = scope | {"headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}

        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told = [
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
                ]
                message = {**message, "headers": _bytes(allow(told, foreign=foreign))}
            await send(message)

        await app(scope, receive, sent)

    return wrapped


def wsgi(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Wrap a WSGI application."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PATHS):
            return app(environ, start_response)
        headers = {
            key.removeprefix("HTTP_").replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        if (answer := preflight(environ["REQUEST_METHOD"], path, headers)) is not None:
            start_response("204 No Content", answer)
            return [b""]
        foreign = is_foreign(path, headers)
        if foreign:
            environ.pop("HTTP_COOKIE", None)

        def start(status: str, told: Headers, *faults: Any) -> Any:
            return start_response(status, allow(told, foreign=foreign), *faults)

        return app(environ, start)

    return wrapped


def _bytes(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
