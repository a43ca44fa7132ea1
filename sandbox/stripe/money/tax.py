"""Automatic tax of checkout sessions: one rate for everybody. docs.stripe.com/tax/checkout, …/tax/products-prices-tax-codes-tax-behavior.

A price that does not say whether it includes tax follows the account's default. Here that is "inclusive": whoever relies
on the default finds out.
"""

from sandbox.stripe import forms
from sandbox.stripe.catalog import Params
from sandbox.stripe.errors import StripeError
from sandbox.stripe.store import Object
from sandbox.stripe.twin import Twin

RATE, WHOLE = 8_625, 100_000  # San Francisco's 8.625 %
OFF = {"enabled": False, "liability": None, "provider": None, "status": None}
ON = {
    "enabled": True,
    "liability": {"type": "self"},
    "provider": "stripe",
    "status": "requires_location_inputs",
}


def wanted(twin: Twin, params: Params) -> Object:
    """The session's `automatic_tax`; what has to be said beside it is refused where it is missing."""
    update = params.get("customer_update") or {}
    known = twin.store.get("customer", params["customer"]) if params.get("customer") else None
    if update and known is None:
        raise StripeError(400, "`customer_update` can only be used with `customer`.", param="customer_update")
    collects = forms.boolean(params.get("tax_id_collection") or {}, "enabled")
    if collects and known and update.get("name") != "auto":
        message = "Tax ID collection requires updating business name on the customer. Set `customer_update[name]` to `auto`."
        raise StripeError(400, message, param="customer_update[name]")
    if not forms.boolean(params.get("automatic_tax") or {}, "enabled"):
        return dict(OFF)
    if known and not known["address"] and "auto" not in (update.get("address"), update.get("shipping")):
        message = (
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the "
            "Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save "
            "the address entered in Checkout to the Customer."
        )
        raise StripeError(400, message, code="customer_tax_location_invalid", param="automatic_tax")
    return dict(ON)


def compute(twin: Twin, session: Object) -> None:
    """The payer has typed the address: the tax is known, and so is the total."""
    if not session["automatic_tax"]["enabled"] or session["automatic_tax"]["status"] == "complete":
        return
    for item in session["_line_items"]:
        inside = item["price"]["tax_behavior"] != "exclusive"
        item["amount_tax"] = _of(item["amount_subtotal"], inside=inside)
        item["amount_total"] = item["amount_subtotal"] + (0 if inside else item["amount_tax"])
    session["amount_total"] = sum(item["amount_total"] for item in session["_line_items"])
    session["total_details"]["amount_tax"] = sum(item["amount_tax"] for item in session["_line_items"])
    session["automatic_tax"]["status"] = "complete"
    if session["_customer_update"].get("address") == "auto":
        customer = twin.store.get("customer", session["customer"])
        customer["address"] = session["customer_details"]["address"]


def _of(amount: int, *, inside: bool) -> int:
    """The tax on, or in, an amount, to the nearest cent."""
    base = WHOLE + RATE if inside else WHOLE
    return (2 * amount * RATE + base) // (2 * base)
