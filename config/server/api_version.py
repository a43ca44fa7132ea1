"""Tells with every answer of the API which version of it answered.

It stands in front of both processes, as `config.server.cross_origin` does, so that refusals and faults say it, too.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.conf import settings

from config.server.cross_origin import PATHS

HEADER: Final = "CreateIO-Version"


def asgi(app: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an ASGI application."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATHS):
            await app(scope, receive, send)
            return

        async def told(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                version = HEADER.lower().encode(), settings.API_VERSION.encode()
                message = {**message, "headers": [*message["headers"], version]}
            await send(message)

        await app(scope, receive, told)

    return wrapped


def wsgi(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Wrap a WSGI application."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PATHS):
            return app(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *faults: Any) -> Any:
            return start_response(status, [*headers, (HEADER, settings.API_VERSION)], *faults)

        return app(environ, start)

    return wrapped
