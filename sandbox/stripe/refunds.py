"""Refunds: whole, partial, too large, late to fail; and disputes with the money that they take and give back."""

from typing import Any

from sandbox.stripe import forms
from sandbox.stripe.catalog import Params
from sandbox.stripe.errors import StripeError, missing
from sandbox.stripe.shapes_money import DISPUTE_FEE, balance_transaction, dispute, refund
from sandbox.stripe.store import Object
from sandbox.stripe.twin import Twin

CLOSED = ("won", "lost", "warning_closed")


def create_refund(twin: Twin, params: Params, ids: Params) -> Object:
    """metadata[sandbox] may be `pending` (stays so until control settles it) or `fail` (fails at once, after it was made)."""
    charged = _charge_to_refund(twin, params)
    left = charged["amount"] - charged["amount_refunded"]
    if charged["disputed"]:
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
    made["balance_transaction"] = twin.store.add(balance_transaction("refund", made, -amount))["id"]
    _recount(charged, amount, made)
    twin.emit("refund.created", made)
    twin.emit("charge.refunded", charged, {"amount_refunded": charged["amount_refunded"] - amount})
    if plan == "fail":
        fail_refund(twin, made)
    return made


def _charge_to_refund(twin: Twin, params: Params) -> Object:
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
    entry = twin.store.add(balance_transaction("refund_failure", made, made["amount"]))
    made.update(
        status="failed", failure_reason="expired_or_canceled_card", failure_balance_transaction=entry["id"]
    )
    _recount(twin.store.get("charge", made["charge"]), -made["amount"], made)
    for name in ("refund.updated", "charge.refund.updated", "refund.failed"):
        twin.emit(name, made, {"status": previous})
    return made


def succeed_refund(twin: Twin, made: Object) -> Object:
    """A pending refund arrives."""
    if made["status"] != "pending":
        raise StripeError(400, f"Refund {made['id']} is {made['status']}.")
    made["status"] = "succeeded"
    twin.emit("refund.updated", made, {"status": "pending"})
    twin.emit("charge.refund.updated", made, {"status": "pending"})
    return made


def open_dispute(twin: Twin, params: dict[str, Any]) -> Object:
    """A customer complains to the bank: {charge or payment_intent, amount?, reason?, status?}."""
    charged = _charge_to_refund(twin, params)
    opened = twin.store.add(dispute(charged, forms.integer(params, "amount", charged["amount"]), params))
    charged["disputed"] = True
    twin.emit("charge.dispute.created", opened)
    if not opened["status"].startswith("warning"):
        entry = twin.store.add(balance_transaction("adjustment", opened, -opened["amount"], DISPUTE_FEE))
        opened["balance_transactions"].append(entry)
        twin.emit("charge.dispute.funds_withdrawn", opened)
    return opened


def update_dispute(twin: Twin, params: Params, ids: Params) -> Object:
    found = twin.store.get("dispute", ids["id"])
    _still_open(found)
    if params.get("evidence"):
        found["evidence"] |= params["evidence"]
        found["evidence_details"]["has_evidence"] = True
    if params.get("metadata"):
        found["metadata"] = forms.merged(found["metadata"], params["metadata"])
    if params.get("evidence") and forms.boolean(params, "submit", default=True):
        found["evidence_details"]["submission_count"] += 1
        found["status"] = "warning_under_review" if found["status"].startswith("warning") else "under_review"
    twin.emit("charge.dispute.updated", found, {})
    return found


def close_dispute(twin: Twin, params: Params, ids: Params) -> Object:
    """We give in."""
    return lose_dispute(twin, twin.store.get("dispute", ids["id"]))


def lose_dispute(twin: Twin, found: Object) -> Object:
    _still_open(found)
    found["status"] = "lost"
    twin.emit("charge.dispute.closed", found, {})
    return found


def win_dispute(twin: Twin, found: Object) -> Object:
    """The bank agrees with us: the amount comes back, the fee doesn't."""
    _still_open(found)
    if found["status"].startswith("warning"):
        found["status"] = "warning_closed"
    else:
        found["status"] = "won"
        entry = twin.store.add(balance_transaction("adjustment", found, found["amount"]))
        found["balance_transactions"].append(entry)
        twin.emit("charge.dispute.funds_reinstated", found)
    twin.emit("charge.dispute.closed", found, {})
    return found


def _still_open(found: Object) -> None:
    if found["status"] in CLOSED:
        raise StripeError(400, "This dispute is already closed", code="dispute_already_closed")
