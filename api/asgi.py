"""The partner API's part of the live process, in front of Django."""

from typing import cast

from starlette.routing import Router
from starlette.types import ASGIApp, Lifespan

from api.bodies.middleware import App, RequestBodyMiddleware
from api.mcp import asgi as mcp
from api.openai import asgi as openai
from api.waiting.prefer_wait import PreferWaitMiddleware


def with_waiting(django: App, lifespan: Lifespan[None]) -> ASGIApp:
    """Put `django` behind what waits for images without its threads.

    Args:
        django: what answers for every address that is not routed here.
        lifespan: what is open from the start of the process to its end (ASGI's lifespan).
    """
    behind = cast("ASGIApp", PreferWaitMiddleware(RequestBodyMiddleware(django)))
    return Router([*openai.ROUTES, *mcp.ROUTES], redirect_slashes=False, default=behind, lifespan=lifespan)
