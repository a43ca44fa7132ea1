"""What is answered when a request does not even reach its view: pages to people, problems to programs."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults
from django.views.decorators.csrf import requires_csrf_token

from api.openai import errors
from api.problems import CONTENT_TYPE, UNFORESEEN, Problem
from api.requests import new_id

NATIVE, OPENAI = "/api/", "/v1/"
UNREADABLE: Final = Problem(400, "bad_request", "This request can't be read. Nothing was charged.")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> Any:
    """Django's handler400."""
    return _problem(request, UNREADABLE) or defaults.bad_request(request, exception)


@requires_csrf_token
def server_error(request: HttpRequest) -> Any:
    """Django's handler500. The page is made without the database, which may be what failed."""
    page = loader.get_template("500.html")
    return _problem(request, UNFORESEEN) or HttpResponse(
        page.render({"request_id": _name(request)}), status=500
    )


def _problem(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    if request.path.startswith(OPENAI):
        return errors.answer(problem)
    if request.path.startswith(NATIVE):
        return JsonResponse(problem.body(_name(request)), status=problem.status, content_type=CONTENT_TYPE)
    return None


def _name(request: HttpRequest) -> str:
    return getattr(request, "request_id", "") or new_id()
