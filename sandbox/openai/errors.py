"""OpenAI's error envelope: {"error": {"message", "type", "param", "code"}}."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BY_STATUS = {
    400: ("invalid_request_error", None, "Your request could not be processed."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: (
        "invalid_request_error",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    404: (
        "invalid_request_error",
        "model_not_found",
        "The model does not exist or you do not have access to it.",
    ),
    408: ("server_error", "request_timeout", "The request timed out."),
    409: ("invalid_request_error", "conflict", "Conflict."),
    429: (
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for images per min. Please try again in 1s.",
    ),
    500: ("server_error", None, "The server had an error while processing your request. Sorry about that!"),
    503: (
        "server_error",
        "service_unavailable",
        "The engine is currently overloaded, please try again later.",
    ),
}


@dataclass
class OpenAIError(Exception):
    """An answer other than 2xx."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    extra: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None

    def error(self) -> dict[str, Any]:
        return {
            "message": self.message,
            "type": self.type,
            "param": self.param,
            "code": self.code,
            **(self.extra or {}),
        }

    def body(self) -> bytes:
        return json.dumps({"error": self.error()}).encode()


def invalid_value(param: str, value: Any, supported: str) -> OpenAIError:
    return OpenAIError(400, f"Invalid value: '{value}'. {supported}", param=param, code="invalid_value")


def missing(param: str) -> OpenAIError:
    return OpenAIError(
        400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
    )


def model_not_found(model: str) -> OpenAIError:
    return OpenAIError(
        404,
        f"The model '{model}' does not exist or you do not have access to it.",
        param="model",
        code="model_not_found",
    )


def not_enabled(model: str) -> OpenAIError:
    """As seen by Aider-AI/aider#604 and cursor/cursor#2953."""
    return OpenAIError(
        403, f"Project `proj_sandbox` does not have access to model `{model}`", code="model_not_found"
    )


def unverified(model: str) -> OpenAIError:
    """As seen by openai-php/client#565: it has no code."""
    page = "https://platform.openai.com/settings/organization/general"
    return OpenAIError(
        403,
        f"Your organization must be verified to use the model `{model}`. Please go to: {page} and click on Verify "
        "Organization. If you just verified, it can take up to 15 minutes for access to propagate.",
    )


def of_status(status: int, options: Mapping[str, Any]) -> OpenAIError:
    """The error that OpenAI sends with this status, where the script doesn't say otherwise."""
    kind, code, message = BY_STATUS.get(status, BY_STATUS[500 if status >= 500 else 400])
    return OpenAIError(
        status,
        options.get("message", message),
        options.get("type", kind),
        options.get("param"),
        options.get("code", code),
    )


def moderation_blocked(stage: str, categories: list[str]) -> OpenAIError:
    """Refusal at stage `input` or `output`, in the words seen in live logs."""
    return OpenAIError(
        400,
        "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com "
        f"and include the request ID. safety_violations=[{', '.join(categories)}].".rstrip("."),
        type="image_generation_user_error",
        code="moderation_blocked",
        extra={"moderation_details": {"moderation_stage": stage, "categories": categories}},
    )
