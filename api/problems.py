"""Problem details (RFC 9457) for refusals and failures."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from api.requests import new_id
from core.database import availability
from core.errors import Refusal

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
BUSY_FOR, HELD_UP_FOR = 5, 2

SENTENCES: Mapping[type[exceptions.APIException], tuple[str, str | None]] = {
    exceptions.NotAuthenticated: (
        "not_authenticated",
        "This needs authentication: send 'Authorization: Bearer cio_…' with a token from the Developers page. Nothing was charged.",
    ),
    exceptions.AuthenticationFailed: ("invalid_token", None),
    exceptions.PermissionDenied: ("forbidden", None),
    exceptions.ParseError: (
        "malformed_body",
        "The body could not be parsed as its Content-Type. Nothing was charged.",
    ),
    exceptions.NotFound: ("not_found", "There is nothing at this address, or it is not yours."),
    exceptions.MethodNotAllowed: (
        "method_not_allowed",
        "This address does not take this method; the header Allow lists those that it takes. Nothing was charged.",
    ),
    exceptions.NotAcceptable: ("not_acceptable", "Responses are JSON; Accept must allow application/json."),
    exceptions.UnsupportedMediaType: (
        "unsupported_media_type",
        "The body's Content-Type is not one that this address reads; send application/json. Nothing was charged.",
    ),
    exceptions.Throttled: (
        "rate_limited",
        "Too many requests in this minute. Nothing was charged; Retry-After says when to try again.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error, independent of its format.

    Attributes:
        status: HTTP status.
        code: stable, machine-readable.
        detail: one sentence for people.
        param: the field it is about.
        extra: further public facts.
        headers: response headers, for example Retry-After.
    """

    status: int
    code: str
    detail: str
    param: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The code in words."""
        return self.code.replace("_", " ").capitalize()

    def body(self, request_id: str) -> dict[str, Any]:
        """Build the problem details: RFC 9457's members, our code, and that nothing was charged."""
        return {
            "type": f"{settings.BASE_URL}/api/docs/errors/#{self.code}",
            "title": self.title,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            "charged": False,
            **({"param": self.param} if self.param else {}),
            **self.extra,
        }


FAULTS = (
    (
        RequestDataTooBig,
        Problem(
            HTTPStatus.CONTENT_TOO_LARGE, "body_too_large", "The body is too large. Nothing was charged."
        ),
    ),
    (
        SuspiciousOperation,
        Problem(HTTPStatus.BAD_REQUEST, "bad_request", "This request can't be read. Nothing was charged."),
    ),
)
AWAY = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable",
    f"The database can't be reached. Nothing was charged; try again in {BUSY_FOR} seconds.",
    headers={"Retry-After": str(BUSY_FOR)},
)
HELD_UP = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable",
    f"Another operation locked the same data for too long. Nothing was charged; "
    f"try again in {HELD_UP_FOR} seconds.",
    headers={"Retry-After": str(HELD_UP_FOR)},
)
UNFORESEEN = Problem(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal_error",
    "Something failed on our side and was rolled back. Nothing was charged; try again, and send us the request_id if it keeps failing.",
)


def explain(error: BaseException) -> Problem:
    """Translate an exception for the caller; an unexpected one is a 500 that reveals nothing internal."""
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(*error.args)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.APIException):
        return _known(error)
    if availability.is_transient(error):
        return HELD_UP if availability.is_contention(error) else AWAY
    return next((problem for kind, problem in FAULTS if isinstance(error, kind)), UNFORESEEN)


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer an exception (DRF's exception handler)."""
    request = context["request"]
    name = getattr(request, "request_id", "") or new_id()
    problem = explain(error)
    if problem is UNFORESEEN:
        # As Django does for a view that raises: log it and send the signal (test clients re-raise).
        logger.error("%s failed", name, exc_info=error)
        got_request_exception.send(sender=None, request=request)
    if isinstance(error, exceptions.UnsupportedMediaType):
        problem = _unread(problem, context["view"])
    headers = dict(problem.headers)
    if isinstance(error, exceptions.MethodNotAllowed):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    return Response(problem.body(name), problem.status, headers=headers, content_type=CONTENT_TYPE)


def _unread(problem: Problem, view: Any) -> Problem:
    """Name the types of body that the address reads; the first is the one that most of its callers need."""
    read = " or ".join(parser.media_type for parser in view.get_parsers())
    return replace(problem, detail=problem.detail.replace("application/json", read))


def _refused(error: Refusal) -> Problem:
    return Problem(error.status, error.code, error.detail, error.param, dict(error.extra), error.headers)


def _known(error: exceptions.APIException) -> Problem:
    for kind, (word, words) in SENTENCES.items():
        if isinstance(error, kind):
            own = error.detail.code if isinstance(error.detail, exceptions.ErrorDetail) else kind.default_code
            code = word if own in {kind.default_code, None} else own
            wait = getattr(error, "wait", None)
            return Problem(
                error.status_code,
                code,
                words or str(error.detail),
                headers={"Retry-After": str(int(wait))} if wait else {},
            )
    return Problem(error.status_code, error.default_code, str(error.detail))


def _invalid(error: exceptions.ValidationError) -> Problem:
    """Report everything that is wrong with a body; the first fault makes the sentence."""
    faults = list(_faults(error.detail))
    first = faults[0]
    sentence = f"{first['param']}: {first['message']}" if first["param"] else first["message"]
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "invalid_request",
        f"{sentence} Nothing was charged.",
        first["param"] or None,
        {"errors": faults},
    )


def _faults(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _faults(inner, ".".join(part for part in (path, step) if part))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _faults(inner, path)
    else:
        yield {"param": path, "message": _sentence(str(detail), is_body=not path)}


def _sentence(message: str, *, is_body: bool) -> str:
    """Say DRF's own messages in our words, each with its full stop."""
    if message == "No data provided" or message.startswith("Invalid data. Expected a dictionary"):
        return "The body must be a JSON object." if is_body else "This must be an object."
    if message.startswith("Expected a list of items"):
        return "This must be a list."
    if message.startswith("Expected a dictionary of items"):
        return "This must be an object."
    return message if message.endswith((".", "!", "?")) else f"{message}."
