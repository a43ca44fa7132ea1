"""OpenAI's error format, which its clients turn into their own exceptions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse

from api.problems import Problem
from core.errors import Refusal

INVALID: Final = "invalid_request_error"
SERVER: Final = "server_error"


class UnknownUrl(Refusal):
    """There is no such address here."""

    code = "unknown_url"
    status = 404


class WrongVerb(Refusal):
    """The address exists, for another method."""

    code = "method_not_supported"
    status = 405


class InvalidJson(Refusal):
    """The body is not a JSON object."""

    code = "invalid_json"


class UnknownParameter(Refusal):
    """There is no such parameter."""

    code = "unknown_parameter"


class MissingParameter(Refusal):
    """A required parameter is missing."""

    code = "missing_required_parameter"


class InvalidType(Refusal):
    """A parameter has the wrong type."""

    code = "invalid_type"


class InvalidValue(Refusal):
    """A parameter has a value that is not allowed."""

    code = "invalid_value"


class UnsupportedBody(Refusal):
    """This address does not accept a body of this type."""

    code = "unsupported_media_type"
    status = 415


class ModerationBlocked(Refusal):
    """The provider's safety system refused the prompt or the image."""

    code = "moderation_blocked"


class NotMade(Refusal):
    """No image was made; nothing was charged. The engine has retried already, so a client should not."""

    code = "image_generation_failed"
    status = 502


class ProviderBusy(NotMade):
    """The provider is too busy."""

    code = "provider_busy"
    status = 503


class TookTooLong(NotMade):
    """The provider did not answer in time."""

    code = "timeout"
    status = 504


class Canceled(NotMade):
    """Somebody canceled it in the Studio or through the API."""

    code = "canceled"
    status = 409


class StorageUnavailable(Refusal):
    """The image is made and stored, but can't be read at this moment."""

    code = "storage_unavailable"
    status = 503


class StillMaking(Refusal):
    """The image is still being made; nothing is lost."""

    code = "still_running"
    status = 504


@dataclass(frozen=True, slots=True)
class Shape:
    """The expression of a code in OpenAI's terms."""

    type: str
    code: str | None
    status: int | None = None
    retry: bool | None = None


QUOTA: Final = Shape("insufficient_quota", "insufficient_quota", 429, retry=False)
SHAPES: Final[Mapping[str, Shape]] = {
    "not_authenticated": Shape(INVALID, "invalid_api_key"),
    "invalid_token": Shape(INVALID, "invalid_api_key"),
    "insufficient_scope": Shape(INVALID, "insufficient_permissions"),
    "insufficient_credits": QUOTA,
    "in_debt": QUOTA,
    "token_cap_reached": QUOTA,
    "spending_cap_reached": QUOTA,
    "test_limit_reached": QUOTA,
    "rate_limited": Shape("requests", "rate_limit_exceeded"),
    "too_many_streams": Shape("requests", "rate_limit_exceeded"),
    "model_retired": Shape(INVALID, "model_not_found", 404),
    "model_unavailable": Shape(SERVER, "model_unavailable", retry=False),
    "unknown_url": Shape(INVALID, None),
    "invalid_json": Shape(INVALID, None),
    "invalid_order": Shape(INVALID, "invalid_value"),
    "invalid_image": Shape(INVALID, "image_parse_error", 400),
    "image_too_large": Shape(INVALID, "image_too_large", 400),
    "unsupported_image_type": Shape(INVALID, "unsupported_image_media_type", 400),
    "link_refused": Shape(INVALID, "invalid_image_url"),
    "link_failed": Shape(INVALID, "invalid_image_url"),
    "link_too_large": Shape(INVALID, "image_too_large", 400),
    "busy": Shape(SERVER, "busy", retry=True),
    "links_busy": Shape(SERVER, "links_busy", retry=True),
    "moderation_blocked": Shape("image_generation_user_error", "moderation_blocked"),
    "image_generation_failed": Shape(SERVER, "image_generation_failed", retry=False),
    "provider_busy": Shape(SERVER, "provider_busy", retry=False),
    "timeout": Shape(SERVER, "timeout", retry=False),
    "canceled": Shape(INVALID, "canceled", retry=False),
    "still_running": Shape(SERVER, "still_running", retry=True),
    "storage_unavailable": Shape(SERVER, "storage_unavailable", retry=True),
    "internal_error": Shape(SERVER, None),
    "unavailable": Shape(SERVER, "service_unavailable"),
}


def error_body(problem: Problem) -> dict[str, Any]:
    """Build `{"message", "type", "param", "code"}` and further public facts."""
    shape = _shape(problem)
    return {
        "message": problem.detail,
        "type": shape.type,
        "param": problem.param,
        "code": shape.code,
        **problem.extra,
    }


def error_response(problem: Problem) -> HttpResponse:
    """Answer in OpenAI's format, with `x-should-retry` where its clients must not decide by the status."""
    shape = _shape(problem)
    headers = dict(problem.headers)
    if shape.retry is not None:
        headers["x-should-retry"] = "true" if shape.retry else "false"
    if problem.status == 401:  # noqa: PLR2004 -- Unauthorized, RFC 9110
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return HttpResponse(
        json.dumps({"error": error_body(problem)}),
        status=shape.status or problem.status,
        headers=headers,
        content_type="application/json",
    )


def _shape(problem: Problem) -> Shape:
    return SHAPES.get(problem.code) or Shape(INVALID if problem.status < 500 else SERVER, problem.code)  # noqa: PLR2004 -- a fault of ours
