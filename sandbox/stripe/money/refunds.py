"""Refunds: full, partial, too large, or failing late."""

from sandbox.stripe import forms
from sandbox.stripe.catalog import Params
from sandbox.stripe.errors import StripeError, missing
from sandbox.stripe.money import inquiries
from sandbox.stripe.money.balance import book
from sandbox.stripe.shapes.money import refund
from sandbox.stripe.store import Object
from sandbox.stripe.twin import Twin

PLANS = {"5126": "fail", "7726": "pending"}
"""What becomes of refunds to test cards, pm_card_refundFail and pm_card_pendingRefund."""
NEXT_ACTION = {
    "type": "display_details",
    "display_details": {"email_sent": {"email_sent_at": 0, "email_sent_to": "payer@example.com"}},
}


def create_refund(twin: Twin, params: Params, ids: Params) -> Object:
    """Pay back.

    metadata[sandbox] may be `pending` (stays so until control settles it), `requires_action` (the customer has to say
    where the money shall go, until control settles or cancels it) or `fail` (fails at once, after it was made).
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
    plan = made["metadata"].get("sandbox") or PLANS.get(_last4(twin, charged))
    made["status"] = "pending" if plan in ("pending", "fail") else "succeeded"
    if plan == "requires_action":
        made["status"], made["next_action"] = plan, NEXT_ACTION
    elif twin.is_short:
        made["status"], made["pending_reason"] = "pending", "insufficient_funds"
    else:
        _book(twin, made)
    _recount(charged, amount)
    twin.emit("refund.created", made)
    previous = {"amount_refunded": charged["amount_refunded"] - amount}
    twin.emit("charge.refunded", charged, previous)
    _answer_warnings(twin, charged)
    if charged["refunded"]:
        inquiries.close(twin, charged)
    if plan == "fail":
        fail_refund(twin, made)
    return made


def _last4(twin: Twin, charged: Object) -> str:
    return twin.store.get("payment_method", charged["payment_method"])["card"]["last4"]


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


def _recount(charged: Object, amount: int) -> None:
    charged["amount_refunded"] += amount
    charged["refunded"] = charged["amount_refunded"] == charged["amount"]


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
    _recount(twin.store.get("charge", made["charge"]), -made["amount"])
    for name in ("refund.updated", "charge.refund.updated", "refund.failed"):
        twin.emit(name, made, {"status": previous})
    return made


def succeed_refund(twin: Twin, made: Object) -> Object:
    """A pending refund arrives."""
    previous = made["status"]
    if previous not in ("pending", "requires_action"):
        raise StripeError(400, f"Refund {made['id']} is {previous}.")
    if not made["balance_transaction"]:
        _book(twin, made)
    made["status"] = "succeeded"
    made.pop("next_action", None)
    twin.emit("refund.updated", made, {"status": previous})
    twin.emit("charge.refund.updated", made, {"status": previous})
    return made


def cancel_refund(twin: Twin, made: Object) -> Object:
    """The customer never said where the money shall go, or we took the refund back."""
    if made["status"] != "requires_action":
        raise StripeError(400, f"Refund {made['id']} is {made['status']}: it can't be canceled.")
    made["status"] = "canceled"
    made.pop("next_action", None)
    _recount(twin.store.get("charge", made["charge"]), -made["amount"])
    twin.emit("refund.updated", made, {"status": "requires_action"})
    twin.emit("charge.refund.updated", made, {"status": "requires_action"})
    return made


def cancel_by_call(twin: Twin, params: Params, ids: Params) -> Object:
    return cancel_refund(twin, twin.store.get("refund", ids["id"]))
