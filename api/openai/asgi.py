"""The ASGI application for `/v1/`, without Django's middleware: the hot path of the live process.

Django's ASGI handler with its middleware costs about 4 ms of CPU and a thread per request, for as long as the request
waits. These paths need none of it: no session, no cookie, no page. Starlette's router finds the view. The same views
are in the URL configuration, for processes that speak WSGI, so they take Django's requests and return Django's
responses; this module translates between these and ASGI.
"""

import asyncio
import time
from contextlib import ExitStack
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from opentelemetry.trace import SpanKind
from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from api.bodies import middleware
from api.bodies.middleware import CHUNK, Receive, Scope, Send
from api.bodies.senders import REFUSALS
from api.openai import errors, views
from api.openai.deliveries import follow
from api.openai.views import OpenAIStreamingResponse, View
from api.problems import explain
from core.outputs import measures, tracing

GRACE: Final = 0.1
"""Seconds for which the last byte is held back from a client that doesn't count its retries. What breaks behind the
buffers of sockets, such as a proxy that drops an answer as it comes, shows only after the rest was handed over."""


class Anything(Convertor[str]):
    """The rest of a path, including line breaks, at which Starlette's own `path` ends."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """Return the text unchanged."""
        return value


register_url_convertor("anything", Anything())


class Endpoint:
    """A view of ours as an ASGI application. It checks the method itself, since its refusals have OpenAI's shape."""

    def __init__(self, view: View) -> None:
        self.view = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        with middleware.spool() as body, ExitStack() as held:
            try:
                scope = await middleware.read_whole(scope, receive, body, held)
            except RequestAborted:
                return
            except REFUSALS as refusal:
                await _send(
                    errors.error_response(explain(refusal)),
                    middleware.closing_connection(send),
                    asyncio.Future(),
                )
                return
            request = ASGIRequest(scope, body)
            delivery = follow(request)
            view_task = asyncio.create_task(_call_view(self.view, request, scope["path_params"]))
            disconnect_task = asyncio.create_task(_wait_for_disconnect(receive))
            is_sent = False
            try:
                await asyncio.wait({view_task, disconnect_task}, return_when=asyncio.FIRST_COMPLETED)
                if view_task.done():
                    await delivery.before_sent()
                    grace = GRACE if delivery.needs_grace else 0.0
                    is_sent = await _send(view_task.result(), send, disconnect_task, grace)
                if is_sent:
                    await delivery.sent()
                else:
                    # The client is gone; what was begun goes on, and will be in the gallery.
                    await delivery.lose()
            except asyncio.CancelledError:
                # This process ends.
                if not is_sent:
                    await delivery.lose()
                raise
            finally:
                for task in (view_task, disconnect_task):
                    task.cancel()
                answer, _ = await asyncio.gather(view_task, disconnect_task, return_exceptions=True)
                if isinstance(answer, OpenAIStreamingResponse) and answer.held:
                    answer.held.close()


ROUTES: Final[list[BaseRoute]] = [
    Route("/v1/images/generations", Endpoint(views.generations)),
    Route("/v1/images/edits", Endpoint(views.edits)),
    Route("/v1/models", Endpoint(views.models)),
    Route("/v1/models/{model}", Endpoint(views.model)),
    Route("/v1/{rest:anything}", Endpoint(views.missing)),
]


async def _call_view(view: View, request: ASGIRequest, arguments: dict[str, str]) -> HttpResponseBase:
    began, route = time.perf_counter(), request.scope["route"].path.lstrip("/")
    try:
        with tracing.span("request", SpanKind.SERVER) as span:
            response = await view(request, **arguments)
            measures.answered(span, route, request.method or "", response.status_code, began)
            return response
    finally:
        request.close()


async def _wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(
    response: HttpResponseBase, send: Send, gone: asyncio.Future[None], grace: float = 0.0
) -> bool:
    """Send a response; return whether its client was there for the last byte of it, `grace` seconds after the rest."""
    response.setdefault("X-Content-Type-Options", "nosniff")
    if settings.SECURE_HSTS_SECONDS:
        response.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
    if isinstance(response, HttpResponse) and response.content:
        response["Content-Length"] = str(len(response.content))
    await send(
        {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": [
                (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()
            ],
        }
    )
    if isinstance(response, OpenAIStreamingResponse):
        return await _send_events(response, send, gone)
    return await _send_content(response.content, send, gone, grace)  # type: ignore[attr-defined] # every response but a stream has it


async def _send_content(content: bytes, send: Send, gone: asyncio.Future[None], grace: float) -> bool:
    """Send a body, and its last byte only once the rest has left: whoever is gone by then has not got it whole."""
    parts = memoryview(content)
    last = max(0, len(parts) - 1)
    for start in range(0, last, CHUNK):
        part = bytes(parts[start : min(start + CHUNK, last)])
        await send({"type": "http.response.body", "body": part, "more_body": True})
    # The server returns from it when there is little left to write.
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    await asyncio.wait({gone}, timeout=grace)
    is_there = not gone.done()
    await send({"type": "http.response.body", "body": bytes(parts[last:])})
    return is_there


async def _send_events(response: OpenAIStreamingResponse, send: Send, gone: asyncio.Future[None]) -> bool:
    """Send events as they come; end as soon as the client is gone, who may have left with all the images."""
    parts, is_complete = aiter(response), False
    while True:
        following: asyncio.Future[bytes | None] = asyncio.ensure_future(anext(parts, None))
        both: set[asyncio.Future[Any]] = {following, gone}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        part = following.result() if following.done() else b""
        if part is None:
            break
        if gone.done():
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            return is_complete
        await send({"type": "http.response.body", "body": part, "more_body": True})
        is_complete = response.is_complete()
    await send({"type": "http.response.body", "body": b""})
    return True
