"""Responses to requests that do not reach their view or fail in it: pages to people, problems to programs."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from django.views.decorators.csrf import requires_csrf_token

from api.bodies import middleware
from api.openai import errors
from api.problems import CONTENT_TYPE, UNFORESEEN, Problem, explain
from api.requests import new_id

NATIVE, OPENAI = "/api/", "/v1/"
UNREADABLE: Final = Problem(400, "bad_request", "This request can't be read. Nothing was charged.")
log = logging.getLogger("createio.request")


class UnavailableMiddleware(MiddlewareMixin):
    """Answers 503 if a view can't have what it needs just now: an expected outcome, not a fault."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the 503 response; None for any other exception."""
        problem = explain(exception)
        if problem.status != HTTPStatus.SERVICE_UNAVAILABLE:
            return None
        log.warning("%s %s %s", request.method, request.path, exception)
        return _unavailable(request, problem)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> Any:
    """Answer a bad request (Django's handler400)."""
    problem = explain(exception)
    return _refused(request, UNREADABLE if problem is UNFORESEEN else problem)


@sync_and_async_middleware
def refused_bodies(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answer a request whose body was refused before Django began."""

    def refused(request: HttpRequest) -> HttpResponse | None:
        refusal = middleware.refusal_of(request)
        return _refused(request, explain(refusal)) if refusal else None

    async def later(request: HttpRequest) -> Any:
        return refused(request) or await get_response(request)

    def now(request: HttpRequest) -> Any:
        return refused(request) or get_response(request)

    return later if iscoroutinefunction(get_response) else now


@requires_csrf_token
def server_error(request: HttpRequest) -> Any:
    """Answer a server error (Django's handler500) without the database, which may be what failed."""
    error = sys.exc_info()[1]
    problem = explain(error) if error else UNFORESEEN
    # Raised outside of the view, for example where a session is saved.
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _unavailable(request, problem)
    page = loader.get_template("500.html")
    return _problem(request, UNFORESEEN) or HttpResponse(
        page.render({"request_id": _name(request)}), status=500
    )


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    page = loader.get_template("413.html" if problem.status == HTTPStatus.CONTENT_TOO_LARGE else "400.html")
    return _problem(request, problem) or HttpResponse(
        page.render({"status": problem.status}), status=problem.status, headers=problem.headers
    )


def _unavailable(request: HttpRequest, problem: Problem) -> HttpResponse:
    page = loader.get_template("503.html")
    return _problem(request, problem) or HttpResponse(
        page.render({"detail": problem.detail}), status=problem.status, headers=problem.headers
    )


def _problem(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    if request.path.startswith(OPENAI):
        return errors.error_response(problem)
    if request.path.startswith(NATIVE):
        return JsonResponse(
            problem.body(_name(request)),
            status=problem.status,
            headers=problem.headers,
            content_type=CONTENT_TYPE,
        )
    return None


def _name(request: HttpRequest) -> str:
    return getattr(request, "request_id", "") or new_id()
