"""How each operation refuses: its statuses, with the codes that come with each."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). Nothing was charged.",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do, in a sentence."},
        "code": {"type": "string", "description": "Stable; for programs."},
        "param": {"type": "string", "description": "The parameter that it is about."},
        "request_id": {"type": "string", "description": "Quote it when you ask for help."},
        "charged": {"type": "boolean", "enum": [False]},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id", "charged"],
}

IDENTIFIED: Final = (
    "not_authenticated",
    "invalid_token",
    "forbidden",
    "workspace_suspended",
    "workspace_busy",
)
EVERYWHERE: Final = ("rate_limited", "unavailable", "internal_error")
WITH_SCOPE: Final = ("insufficient_scope",)
WITH_ID: Final = ("not_found",)
WITH_BODY: Final = (
    "invalid_request",
    "malformed_body",
    "body_too_large",
    "body_too_slow",
    "unsupported_media_type",
    "unsupported_content_encoding",
)
WITH_KEY: Final = ("invalid_idempotency_key", "idempotency_key_reused", "request_in_progress")
LISTS: Final = ("invalid_request", "invalid_cursor", "invalid_limit")
ORDERS: Final = (
    "invalid_order",
    "invalid_quantity",
    "model_not_found",
    "model_retired",
    "model_unavailable",
    "reference_not_found",
    "style_not_found",
    "busy",
)
PAYS: Final = (
    "max_credits_exceeded",
    "insufficient_credits",
    "in_debt",
    "token_cap_reached",
    "spending_cap_reached",
    "spending_locked",
    "test_limit_reached",
)
READS_IMAGES: Final = (
    "invalid_image",
    "unsupported_image_type",
    "image_too_large",
    "link_refused",
    "link_failed",
    "link_too_large",
    "links_busy",
    "busy",
)
TOLD: Final = ("endpoint_refused", "endpoint_disabled", "too_many_webhook_hosts")
"""Refusals of an order's `webhook_url`."""
MOVES: Final = ("client_refused", "insufficient_credits", "in_debt", "proof_missing")
OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "quotes_create": (*ORDERS, "too_many_quotes"),
    "generations_create": (*ORDERS, *PAYS, *TOLD, "quote_not_found", "quote_expired"),
    "generations_events": ("live_only", "too_many_streams"),
    "generations_appeal_create": ("nothing_to_appeal", "already_appealed", "too_many_appeals"),
    "batches_create": (*ORDERS, *PAYS, *TOLD, "invalid_rows"),
    "batches_start": (*ORDERS, *PAYS, "invalid_rows"),
    "batches_retry": (*ORDERS, *PAYS, "batch_not_ready"),
    "batches_archive_create": ("batch_not_ready",),
    "batches_delete": ("batch_not_ready",),
    "batches_pause": ("batch_not_ready",),
    "batches_resume": ("batch_not_ready",),
    "references_create": READS_IMAGES,
    "references_delete": ("reference_in_use",),
    "styles_create": ("invalid_style", "reference_not_found"),
    "styles_update": ("invalid_style", "reference_not_found"),
    "purchases_create": (
        "unknown_pack",
        "payments_unavailable",
        "too_many_checkouts",
        "checkout_paused",
        "price_changed",
    ),
    "webhook_endpoints_create": ("endpoint_refused", "too_many_endpoints"),
    "webhook_endpoints_update": ("endpoint_refused", "endpoint_of_orders"),
    "webhook_endpoints_test": ("endpoint_disabled", "endpoint_of_orders"),
    "webhook_endpoints_rotate_secret": ("endpoint_of_orders",),
    "webhook_deliveries_redeliver": ("endpoint_disabled",),
    "events_list": ("unknown_event",),
    "members_update": ("invalid_cap",),
    "tokens_create": ("invalid_token_request", "scope_not_allowed", "invalid_cap", "unknown_client"),
    "tokens_update": (
        "invalid_token_request",
        "scope_not_allowed",
        "invalid_cap",
        "own_token",
        "token_ended",
    ),
    "tokens_revoke": ("own_token",),
    "tokens_rotate": ("token_ended", "scope_not_allowed", "own_token"),
    "workspace_update": ("invalid_cap", "browser_needed", "proof_missing"),
    "clients_create": ("client_refused",),
    "clients_update": ("client_refused",),
    "clients_suspend": ("client_refused",),
    "clients_resume": ("client_refused",),
    "clients_fund": (*MOVES, "spending_locked"),
    "clients_withdraw": MOVES,
    "test_world_refill": ("test_world_only",),
}
"""Codes that only some operations have, by the operation's id."""
OPEN: Final = frozenset({"leaked_tokens_report"})
"""Operations that everybody may call, without a token."""
UNSCOPED: Final = frozenset({"models_list", "models_get", "workspace"})


def add_problems(document: dict[str, Any], statuses: Mapping[str, int]) -> None:
    """Add to each operation how it refuses.

    Args:
        document: the OpenAPI document, which is changed.
        statuses: the status of every code.
    """
    document["components"]["schemas"]["Problem"] = PROBLEM
    for path in document["paths"].values():
        for operation in path.values():
            by_status: dict[int, list[str]] = {}
            for code in dict.fromkeys(codes_of(operation)):
                by_status.setdefault(int(statuses[code]), []).append(code)
            for status, codes in sorted(by_status.items()):
                operation["responses"][str(status)] = _refusal(codes)
            operation["responses"]["default"] = _answer("Refused.", {"$ref": "#/components/schemas/Problem"})


def codes_of(operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the codes of an operation's errors."""
    name, parameters = operation["operationId"], {one["name"] for one in operation.get("parameters", ())}
    yield from () if name in OPEN else IDENTIFIED
    yield from EVERYWHERE
    yield from () if name in UNSCOPED | OPEN else WITH_SCOPE
    yield from WITH_ID if any(one.get("in") == "path" for one in operation.get("parameters", ())) else ()
    yield from WITH_BODY if "requestBody" in operation else ()
    yield from WITH_KEY if "Idempotency-Key" in parameters else ()
    yield from LISTS if "cursor" in parameters else ()
    yield from OWN.get(name, ())


def _refusal(codes: list[str]) -> dict[str, Any]:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"type": "object", "properties": {"code": {"type": "string", "enum": codes}}},
        ]
    }
    return _answer(f"Refused: {', '.join(codes)}.", schema)


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}
