"""Refunds: full, partial, too large, or failing late."""

from sandbox.stripe import forms
from sandbox.stripe.catalog import Params
from sandbox.stripe.errors import StripeError, missing
from sandbox.stripe.money import inquiries
from sandbox.stripe.money.balance import book
from sandbox.stripe.shapes.money import refund
from sandbox.stripe.store import Object
from sandbox.stripe.twin import Twin


def create_refund(twin: Twin, params: Params, ids: Params) -> Object:
    """Pay back.

    metadata[sandbox] may be `pending` (stays so until control settles it) or `fail` (fails at once, after it was made).
    Without enough available balance, which control limits, it is pending and has no line until there is enough; that
    may never be (docs.stripe.com/refunds#refund-available-balance).
    """
    charged = charge_of(twin, params)
    left = charged["amount"] - charged["amount_refunded"]
    if charged["disputed"] and not inquiries.is_refundable(twin, charged):
        raise StripeError(
            400,
            f"Charge {charged['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    if left == 0:
        raise StripeError(
            400, f"Charge {charged['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = forms.integer(params, "amount", left)
    if amount <= 0:
        raise StripeError(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        message = f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge (${left / 100:.2f})"
        raise StripeError(400, message, param="amount")
    made = twin.store.add(refund(charged, amount, params))
    plan = made["metadata"].get("sandbox")
    made["status"] = "pending" if plan in ("pending", "fail") else "succeeded"
    if twin.is_short:
        made["status"], made["pending_reason"] = "pending", "insufficient_funds"
    else:
        _book(twin, made)
    _recount(charged, amount, made)
    twin.emit("refund.created", made)
    previous = {"amount_refunded": charged["amount_refunded"] - amount}
    twin.emit(
        "charge.refunded", {name: value for name, value in charged.items() if name != "refunds"}, previous
    )
    _answer_warnings(twin, charged)
    if charged["refunded"]:
        inquiries.close(twin, charged)
    if plan == "fail":
        fail_refund(twin, made)
    return made


def _answer_warnings(twin: Twin, charged: Object) -> None:
    for warning in twin.store.all("radar.early_fraud_warning"):
        if warning["charge"] == charged["id"] and warning["actionable"]:
            warning["actionable"] = False
            twin.emit("radar.early_fraud_warning.updated", warning, {"actionable": True})


def _book(twin: Twin, made: Object) -> None:
    made["balance_transaction"] = book(twin, "refund", made, -made["amount"])["id"]


def charge_of(twin: Twin, params: Params) -> Object:
    if params.get("charge"):
        charged = twin.store.get("charge", params["charge"])
    elif params.get("payment_intent"):
        intent = twin.store.get("payment_intent", params["payment_intent"])
        if not intent["latest_charge"]:
            raise StripeError(
                400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            )
        charged = twin.store.get("charge", intent["latest_charge"])
    else:
        raise missing("payment_intent")
    if not charged["paid"]:
        raise StripeError(
            400,
            f"This PaymentIntent ({charged['payment_intent']}) does not have a successful charge to refund.",
        )
    return charged


def _recount(charged: Object, amount: int, made: Object) -> None:
    charged["amount_refunded"] += amount
    charged["refunded"] = charged["amount_refunded"] == charged["amount"]
    listed = charged["refunds"]["data"]
    charged["refunds"]["data"] = [made, *(item for item in listed if item["id"] != made["id"])]


def update_refund(twin: Twin, params: Params, ids: Params) -> Object:
    made = twin.store.get("refund", ids["id"])
    made["metadata"] = forms.merged(made["metadata"], params.get("metadata"))
    twin.emit("refund.updated", made, {})
    twin.emit("charge.refund.updated", made, {})
    return made


def fail_refund(twin: Twin, made: Object) -> Object:
    """The customer's bank sent the money back: it is on our balance again."""
    if made["status"] == "failed":
        raise StripeError(400, f"Refund {made['id']} has failed already.")
    previous = made["status"]
    if made["balance_transaction"]:
        entry = book(twin, "refund_failure", made, made["amount"])
        made.update(failure_reason="expired_or_canceled_card", failure_balance_transaction=entry["id"])
    else:
        made["failure_reason"] = "insufficient_funds"
    made["status"] = "failed"
    _recount(twin.store.get("charge", made["charge"]), -made["amount"], made)
    for name in ("refund.updated", "charge.refund.updated", "refund.failed"):
        twin.emit(name, made, {"status": previous})
    return made


def succeed_refund(twin: Twin, made: Object) -> Object:
    """A pending refund arrives."""
    if made["status"] != "pending":
        raise StripeError(400, f"Refund {made['id']} is {made['status']}.")
    if not made["balance_transaction"]:
        _book(twin, made)
    made["status"] = "succeeded"
    twin.emit("refund.updated", made, {"status": "pending"})
    twin.emit("charge.refund.updated", made, {"status": "pending"})
    return made
