"""Stripe's error envelope, see docs.stripe.com/api/errors."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class StripeError(Exception):
    """An answer other than 2xx."""

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def body(self, request_id: str) -> dict[str, Any]:
        error = {"message": self.message, "type": self.type}
        if self.code:
            error |= {
                "code": self.code,
                "doc_url": f"https://docs.stripe.com/error-codes/{self.code.replace('_', '-')}",
            }
        if self.param:
            error["param"] = self.param
        url = f"https://dashboard.stripe.com/test/workbench/logs?object={request_id}"
        return {"error": {**error, **self.extra, "request_log_url": url}}


def missing(param: str) -> StripeError:
    return StripeError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(kind: str, id_: str) -> StripeError:
    return StripeError(404, f"No such {kind.replace('.', ' ')}: '{id_}'", code="resource_missing", param="id")


def of_status(status: int, options: Any) -> StripeError:
    """What a scripted `status` sends."""
    kinds = {401: "invalid_request_error", 402: "card_error", 429: "invalid_request_error"}
    codes = {429: "rate_limit", 409: "idempotency_key_in_use", 402: "card_declined", 404: "resource_missing"}
    kind = (
        options.get("type")
        or kinds.get(status)
        or ("api_error" if status >= 500 else "invalid_request_error")
    )
    return StripeError(
        status,
        options.get("message") or "Scripted by the sandbox.",
        type=kind,
        code=options.get("code") or codes.get(status),
    )
