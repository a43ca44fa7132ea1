"""The door of `/mcp` in the live process: who may send a message, and how much of everything one may use."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest
from opentelemetry.trace import SpanKind
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, NotAuthenticated
from starlette.routing import BaseRoute, Route

from accounts.models import ApiToken
from api import requests
from api.authentication import caller_of
from api.bodies import middleware
from api.bodies.middleware import MB, BodyTooLarge, Message, Receive, Scope, Send
from api.bodies.senders import REFUSALS
from api.mcp.rest import Caller
from api.mcp.server import CALLER, serve
from api.problems import CONTENT_TYPE, explain
from api.rate_limits import counter
from api.rate_limits.counter import RateLimitUsage
from core.database.asynchronous import in_db_thread
from core.errors import Refusal
from core.outputs import log_context, measures, tracing

PATH: Final = "/mcp"
MOST_BYTES: Final = 4 * MB
"""Of a message: a prompt has 32,000 characters, and images come as links."""
CHALLENGE: Final = 'Bearer realm="mcp"'
"""Of a 401 (RFC 6750, section 3)."""
log = logging.getLogger("createio.request")


class OriginRefused(Refusal):
    """A page of another origin sent this."""

    code: ClassVar[str] = "origin_refused"
    status: ClassVar[int] = 403


class Endpoint:
    """`/mcp` as an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, answer = time.perf_counter(), Answer(send)
        log_context.bind(request_id=answer.request_id)
        with tracing.span("request", SpanKind.SERVER) as span:
            try:
                await _answer(scope, receive, answer)
            except RequestAborted:
                return
            if answer.status:
                took = measures.answered(span, PATH.lstrip("/"), scope["method"], answer.status, began)
                log.info("%s %s %s %d ms", scope["method"], PATH, answer.status, took * 1000)


class Answer:
    """Sends an answer with the headers that every answer has.

    Attributes:
        request_id: of the request that it is for.
        status: once it has begun; 0 before.
        allowance: what is left of the caller's minute, once that was counted.
    """

    def __init__(self, send: Send) -> None:
        self.request_id, self.status = requests.new_id(), 0
        self.allowance: RateLimitUsage | None = None
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Send a message of ASGI."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in self._headers()]
            message = {**message, "headers": [*message["headers"], *headers]}
        await self._send(message)

    def _headers(self) -> Iterator[tuple[str, str]]:
        yield "X-Request-ID", self.request_id
        yield "Cache-Control", "no-store"
        yield "X-Content-Type-Options", "nosniff"
        if settings.SECURE_HSTS_SECONDS:
            yield "Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"
        if self.allowance:
            yield from self.allowance.headers.items()

    async def refuse(self, refusal: Exception, method: str) -> None:
        """Answer a problem, and close the connection: the rest of a body may still be on its way."""
        problem = explain(refusal)
        content = json.dumps(problem.body(self.request_id)).encode()
        headers = {"Content-Type": CONTENT_TYPE, "Content-Length": str(len(content)), "Connection": "close"}
        if isinstance(refusal, NotAuthenticated | AuthenticationFailed):
            headers["WWW-Authenticate"] = CHALLENGE
        if isinstance(refusal, MethodNotAllowed):
            headers["Allow"] = "POST"
        encoded = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in (headers | problem.headers).items()
        ]
        await self({"type": "http.response.start", "status": problem.status, "headers": encoded})
        await self._send({"type": "http.response.body", "body": b"" if method == "HEAD" else content})


ROUTES: Final[list[BaseRoute]] = [Route(PATH, Endpoint())]


async def _answer(scope: Scope, receive: Receive, answer: Answer) -> None:
    with middleware.spool() as body, ExitStack() as held:
        try:
            _check(scope)
            whole = await middleware.read_whole(scope, receive, body, held)
            request = ASGIRequest(whole, body)
            _refuse_larger(int(request.META["CONTENT_LENGTH"]))
            token, answer.allowance = await in_db_thread(_admit)(request)
            answer.allowance.enforce("this token's")
        except REFUSALS as refusal:
            await answer.refuse(refusal, scope["method"])
            return
        content = body.read()
    log_context.bind(workspace=token.workspace_id)
    caller = Caller(token, whole, answer.request_id)
    await _serve_while_there(whole | {CALLER: caller}, content, receive, answer)


def _check(scope: Scope) -> None:
    """Refuse a wrong method, and a page of another origin, which could have been led here by a name that now is ours."""
    if scope["method"] != "POST":
        raise MethodNotAllowed(scope["method"])
    origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
    own = urlsplit(settings.BASE_URL)
    if origin is not None and origin != f"{own.scheme}://{own.netloc}":
        raise OriginRefused(
            "Pages of other origins can't call this address. Nothing was charged; connect from a program, or call /api/v1/."
        )


def _refuse_larger(size: int) -> None:
    if size > MOST_BYTES:
        raise BodyTooLarge(
            f"The body is larger than {MOST_BYTES // MB} MB, the limit for this address. Nothing was charged; send images as links."
        )


def _admit(request: ASGIRequest) -> tuple[ApiToken, RateLimitUsage]:
    """Return who sent a message, which counts as a read; what a tool asks of the REST API counts there, as what it is.

    Raises:
        APIException: the caller is unknown, or not allowed from this address.
    """
    token = caller_of(request)
    return token, counter.count(token.pk, token.workspace, "GET")


async def _serve_while_there(scope: Scope, content: bytes, receive: Receive, answer: Answer) -> None:
    """Serve a message for as long as its client waits; what it has ordered by then is made all the same."""
    # After the body there is silence, not a disconnection.
    messages: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": content, "more_body": False})
    serving = asyncio.create_task(serve(scope, messages.get, answer, most=MOST_BYTES))
    leaving = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
    finally:
        serving.cancel()
        leaving.cancel()
        await asyncio.gather(serving, leaving, return_exceptions=True)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
