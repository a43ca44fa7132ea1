"""Request ids: in the response, the log lines and the error page."""

import logging
import re
import time
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from opentelemetry.trace import Span, SpanKind

from core import ids
from core.outputs import log_context, measures, tracing

HEADER = "X-Request-ID"
QUIET = ("/static/", "/healthz", "/readyz", "/metrics")
"""Paths that machines request every few seconds leave no line in the log, and no trace."""

log = logging.getLogger("createio.request")

type Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class RequestIdMiddleware:
    """Gives each request an id (`request.request_id`), returns it in a header, measures, and logs one line.

    An id from a proxy in front is kept if it is harmless text, so that both logs agree. What a client says of a trace
    is not believed: each request begins its own.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer the request; under ASGI, return an awaitable."""
        if self.is_async:
            return self._later(request)
        began = self._begin(request)
        with tracing.span("request", SpanKind.SERVER, is_wanted=_is_loud(request)) as span:
            response = self.get_response(request)
            assert isinstance(response, HttpResponseBase)
            return self._end(request, response, span, began)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        began = self._begin(request)
        with tracing.span("request", SpanKind.SERVER, is_wanted=_is_loud(request)) as span:
            answer = self.get_response(request)
            assert not isinstance(answer, HttpResponseBase)
            response = await answer
            return self._end(request, response, span, began)

    def _begin(self, request: HttpRequest) -> float:
        given = request.headers.get(HEADER, "")
        name = given if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) else ids.public("req", ids.new())
        request.request_id = name  # type: ignore[attr-defined]
        log_context.begin(request_id=name)
        return time.perf_counter()

    def _end(
        self, request: HttpRequest, response: HttpResponseBase, span: Span, began: float
    ) -> HttpResponseBase:
        name: str = request.request_id  # type: ignore[attr-defined]
        if HEADER not in response.headers:
            response.headers[HEADER] = name
        match = request.resolver_match
        took = measures.answered(
            span, match.route if match else "(none)", request.method or "", response.status_code, began
        )
        if _is_loud(request):
            # Only the path: a query may hold a signature or a private search. Only the route if the path
            # holds a secret.
            path = f"/{match.route}" if match and "secret" in match.kwargs else request.path
            log.info("%s %s %s %d ms", request.method, path, response.status_code, took * 1000)
        return response


def _is_loud(request: HttpRequest) -> bool:
    return not request.path.startswith(QUIET)
