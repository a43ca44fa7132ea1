"""Request ids: in the response, the log lines and the error page."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Histogram

from core import ids

HEADER = "X-Request-ID"
QUIET = ("/static/", "/healthz", "/readyz", "/metrics")
"""Paths that machines request every few seconds leave no line in the log."""

current: ContextVar[str] = ContextVar("request_id", default="")
log = logging.getLogger("createio.request")
seconds = Histogram(
    "createio_request_seconds",
    "Time from a request's arrival to the first byte of its answer.",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)

type Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class RequestIdMiddleware:
    """Gives each request an id (`request.request_id`), returns it in a header, measures, and logs one line.

    An id from a proxy in front is kept if it is harmless text, so that both logs agree.
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
        response = self.get_response(request)
        assert isinstance(response, HttpResponseBase)
        return self._end(request, response, began)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        began = self._begin(request)
        answer = self.get_response(request)
        assert not isinstance(answer, HttpResponseBase)
        response = await answer
        return self._end(request, response, began)

    def _begin(self, request: HttpRequest) -> float:
        given = request.headers.get(HEADER, "")
        name = given if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) else ids.public("req", ids.new())
        request.request_id = name  # type: ignore[attr-defined]
        current.set(name)
        return time.perf_counter()

    def _end(self, request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
        if HEADER not in response.headers:
            response.headers[HEADER] = current.get()
        took = time.perf_counter() - began
        match = request.resolver_match
        route = match.route if match else "(none)"
        seconds.labels(route, request.method, response.status_code).observe(took)
        if not request.path.startswith(QUIET):
            # Only the path: a query may hold a signature or a private search. Only the route if the path
            # holds a secret.
            path = f"/{route}" if match and "secret" in match.kwargs else request.path
            log.info("%s %s %s %d ms", request.method, path, response.status_code, took * 1000)
        return response
