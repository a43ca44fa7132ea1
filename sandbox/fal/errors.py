"""fal's errors: {"detail": sentence} of the platform, {"detail": [{loc, msg, type, …}]} of a model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class FalError(Exception):
    """An answer other than 2xx."""

    status: int
    detail: Any
    type: str | None = None

    def body(self) -> bytes:
        return json.dumps(
            {"detail": self.detail, **({"error_type": self.type} if self.type else {})}
        ).encode()


def of_model(type_: str, message: str, place: str = "prompt", given: Any = None) -> FalError:
    """An error of the model, 422, see docs.fal.ai/model-apis/errors."""
    url = f"https://docs.fal.ai/errors/#{type_}"
    return FalError(
        422, [{"loc": ["body", place], "msg": message, "type": type_, "url": url, "input": given}]
    )


def flagged(prompt: str, categories: list[str]) -> FalError:
    """Categories are harassment, hate, illicit, self-harm, sexual, violence and model_moderated, and may be missing."""
    message = "The content could not be processed because it contained material flagged by a content checker."
    error = of_model("content_policy_violation", message, given=prompt)
    if categories:
        error.detail[0]["categories"] = categories
    return error


def never_started() -> FalError:
    """What becomes of a request that nobody took up within X-Fal-Request-Timeout."""
    return FalError(504, "Request timed out", "request_timeout")


def error_body(status: int, options: Mapping[str, Any]) -> bytes:
    """What a scripted `status` sends."""
    if "body" in options:
        return str(options["body"]).encode()
    usual = {
        401: "Authentication is required",
        403: "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
        429: "Too many requests",
    }
    return FalError(
        status, options.get("message") or usual.get(status, "Internal Server Error"), options.get("type")
    ).body()
