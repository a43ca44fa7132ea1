"""The ASGI application for `/v1/`, without Django's middleware: the hot path of the live process.

Django's ASGI handler with its middleware costs about 4 ms of CPU and a thread per request, for as long as the request
waits. These paths need none of it: no session, no cookie, no page. Starlette's router finds the view. The same views
are in the URL configuration, for processes that speak WSGI, so they take Django's requests and return Django's
responses; this module translates between these and ASGI.
"""

import asyncio
from contextlib import ExitStack
from typing import Final

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route

from api.bodies import middleware
from api.bodies.middleware import CHUNK, Receive, Scope, Send
from api.bodies.senders import REFUSALS
from api.openai import errors, retries, views
from api.openai.views import OpenAIResponse, OpenAIStreamingResponse, View
from api.problems import explain
from core.database.asynchronous import in_db_thread


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
                await _send(errors.error_response(explain(refusal)), middleware.closing_connection(send))
                return
            view_task = asyncio.create_task(
                _call_view(self.view, ASGIRequest(scope, body), scope["path_params"])
            )
            disconnect_task = asyncio.create_task(_wait_for_disconnect(receive))
            try:
                await asyncio.wait({view_task, disconnect_task}, return_when=asyncio.FIRST_COMPLETED)
                if not view_task.done():
                    # The client is gone; what was begun goes on, and will be in the gallery.
                    return
                await _send(view_task.result(), send)
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
    try:
        return await view(request, **arguments)
    finally:
        request.close()


async def _wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(response: HttpResponseBase, send: Send) -> None:
    response.setdefault("X-Content-Type-Options", "nosniff")
    if settings.SECURE_HSTS_SECONDS:
        response.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
    if isinstance(response, OpenAIResponse):
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
    if isinstance(response, StreamingHttpResponse):
        async for part in response:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    else:
        content = memoryview(response.content)  # type: ignore[attr-defined] # every response but a stream has it
        for start in range(0, len(content), CHUNK):
            part = bytes(content[start : start + CHUNK])
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    if isinstance(response, OpenAIResponse | OpenAIStreamingResponse) and response.call is not None:
        await in_db_thread(retries.answered)(response.call)
