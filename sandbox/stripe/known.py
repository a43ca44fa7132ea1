"""Parameters that Stripe knows, by the types of its own library: any other is refused, however deep it stands."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

from stripe import RequestOptions
from stripe.params import (
    BalanceTransactionListParams,
    CustomerCreateParams,
    DisputeListParams,
    DisputeUpdateParams,
    EventListParams,
    PaymentIntentCancelParams,
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    RefundCreateParams,
    RefundListParams,
    WebhookEndpointCreateParams,
    WebhookEndpointUpdateParams,
)
from stripe.params.checkout import SessionCreateParams
from typing_extensions import is_typeddict

from sandbox.stripe.errors import StripeError

TAKES: dict[tuple[str, str], type] = {
    ("POST", "/v1/checkout/sessions"): SessionCreateParams,
    ("POST", "/v1/customers"): CustomerCreateParams,
    ("POST", "/v1/payment_intents"): PaymentIntentCreateParams,
    ("POST", "/v1/payment_intents/{id}/cancel"): PaymentIntentCancelParams,
    ("POST", "/v1/refunds"): RefundCreateParams,
    ("POST", "/v1/disputes/{id}"): DisputeUpdateParams,
    ("POST", "/v1/webhook_endpoints"): WebhookEndpointCreateParams,
    ("POST", "/v1/webhook_endpoints/{id}"): WebhookEndpointUpdateParams,
    ("GET", "/v1/balance_transactions"): BalanceTransactionListParams,
    ("GET", "/v1/disputes"): DisputeListParams,
    ("GET", "/v1/events"): EventListParams,
    ("GET", "/v1/payment_intents"): PaymentIntentListParams,
    ("GET", "/v1/refunds"): RefundListParams,
}
"""What each call takes; the others take anything."""


def check(takes: type, params: dict[str, Any]) -> None:
    """Raise a 400 that names the first parameter that Stripe does not know."""
    for place in _unknown([takes], params, ""):
        raise StripeError(400, f"Received unknown parameter: {place}", code="parameter_unknown", param=place)


@cache
def _fields(takes: type) -> dict[str, Any]:
    """Fields with their types, less those of the library's own, which are never sent."""
    known = get_type_hints(takes, localns={"StripeContext": object, "Mapping": Mapping})
    return {name: kind for name, kind in known.items() if name not in RequestOptions.__annotations__}


def _unknown(kinds: list[type], value: Any, place: str) -> Iterator[str]:
    """kinds: alternatives for the value, of which those that have fields count."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown(kinds, item, f"{place}[{number}]")
        return
    if not isinstance(value, dict) or not kinds:
        return
    fields: dict[str, list[type]] = {}
    for kind in kinds:
        for name, inner in _fields(kind).items():
            fields.setdefault(name, []).extend(_with_fields(inner))
    for name, item in value.items():
        inside = f"{place}[{name}]" if place else name
        if name not in fields:
            yield inside
        else:
            yield from _unknown(fields[name], item, inside)


def _with_fields(kind: Any) -> list[type]:
    """The types with fields within a union, a list or alone."""
    if is_typeddict(kind):
        return [kind]
    return [found for inner in get_args(kind) for found in _with_fields(inner)]
