"""Disputes: the money that they withdraw and return, and the evidence that we submit.

Evidence: docs.stripe.com/api/disputes/update. Fields that are texts take 20,000 characters, all together 150,000.
"""

from typing import Any

from sandbox.stripe import forms
from sandbox.stripe.catalog import Params
from sandbox.stripe.errors import StripeError
from sandbox.stripe.money.balance import book
from sandbox.stripe.money.refunds import charge_of
from sandbox.stripe.shapes.money import DISPUTE_FEE, EVIDENCE, dispute
from sandbox.stripe.store import Object
from sandbox.stripe.twin import Twin

CLOSED = ("won", "lost", "warning_closed", "prevented")
LONGEST = 20_000
TOGETHER = 150_000
LONG = frozenset(
    (
        "access_activity_log",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "duplicate_charge_explanation",
        "product_description",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
        "uncategorized_text",
    )
)


def open_dispute(twin: Twin, params: dict[str, Any]) -> Object:
    """A customer complains to the bank: {charge or payment_intent, amount?, reason?, status?, withdrawn?}.

    With the status `prevented` a network's rapid resolution has paid the cardholder back, by our money unless
    `withdrawn` is false (docs.stripe.com/disputes/prevention/dispute-resolution).
    """
    charged = charge_of(twin, params)
    opened = twin.store.add(dispute(charged, forms.integer(params, "amount", charged["amount"]), params))
    opened["currency"] = params.get("currency") or opened["currency"]
    charged["disputed"] = True
    twin.emit("charge.dispute.created", opened)
    if not opened["status"].startswith("warning") and params.get("withdrawn") is not False:
        _withdraw(twin, opened)
    return opened


def _withdraw(twin: Twin, found: Object) -> None:
    entry = book(twin, "adjustment", found, -found["amount"], DISPUTE_FEE)
    found["balance_transactions"].append(entry)
    twin.emit("charge.dispute.funds_withdrawn", found)


def _reinstate(twin: Twin, found: Object) -> None:
    entry = book(twin, "adjustment", found, found["amount"])
    found["balance_transactions"].append(entry)
    twin.emit("charge.dispute.funds_reinstated", found)


def escalate_dispute(twin: Twin, found: Object) -> Object:
    """An inquiry becomes a dispute, under the same id."""
    if not found["status"].startswith("warning"):
        raise StripeError(400, "This dispute is no inquiry.")
    found.update(status="needs_response", is_charge_refundable=False)
    twin.emit("charge.dispute.updated", found, {})
    _withdraw(twin, found)
    return found


def update_dispute(twin: Twin, params: Params, ids: Params) -> Object:
    """evidence is staged, and handed in unless `submit` is false; `submit` alone hands in what is staged."""
    found = twin.store.get("dispute", ids["id"])
    _still_open(found)
    if not found["evidence_details"]["due_by"]:
        raise StripeError(400, "This dispute does not accept evidence.", param="evidence")
    given = params.get("evidence") or {}
    _check_evidence({**found["evidence"], **given})
    details = found["evidence_details"]
    if given:
        found["evidence"] |= given
        details["has_evidence"] = True
        _qualify(found)
    if params.get("metadata"):
        found["metadata"] = forms.merged(found["metadata"], params["metadata"])
    wanted = forms.boolean(params, "submit", default=True) and (given or "submit" in params)
    if wanted and details["has_evidence"]:
        details["submission_count"] += 1
        found["status"] = "warning_under_review" if found["status"].startswith("warning") else "under_review"
    twin.emit("charge.dispute.updated", found, {})
    verdict = TEST_VERDICTS.get(found["evidence"].get("uncategorized_text"))
    return verdict(twin, found) if wanted and verdict else found


def _qualify(found: Object) -> None:
    """Two earlier payments with their charges make a dispute qualify for Visa's program, where it is eligible."""
    state = found["evidence_details"]["enhanced_eligibility"].get("visa_compelling_evidence_3")
    given = (found["evidence"].get("enhanced_evidence") or {}).get("visa_compelling_evidence_3") or {}
    prior = [one for one in given.get("prior_undisputed_transactions") or () if one.get("charge")]
    if state and len(prior) >= 2:
        state.update(status="qualified", required_actions=[])


def _check_evidence(evidence: dict[str, Any]) -> None:
    for name, value in evidence.items():
        param = f"evidence[{name}]"
        if name not in (*EVIDENCE, "enhanced_evidence"):
            raise StripeError(
                400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param
            )
        if name in LONG and len(value or "") > LONGEST:
            message = f"Invalid string: must be at most {LONGEST} characters"
            raise StripeError(400, message, param=param)
    if sum(len(value) for value in evidence.values() if isinstance(value, str)) > TOGETHER:
        raise StripeError(
            400, f"The combined character count of evidence is limited to {TOGETHER}.", param="evidence"
        )


def close_dispute(twin: Twin, params: Params, ids: Params) -> Object:
    """We give in."""
    return lose_dispute(twin, twin.store.get("dispute", ids["id"]))


def lose_dispute(twin: Twin, found: Object) -> Object:
    _still_open(found)
    found["status"] = "lost"
    twin.emit("charge.dispute.closed", found, {})
    return found


def win_dispute(twin: Twin, found: Object) -> Object:
    """The bank agrees with us: the amount comes back, the fee doesn't.

    Also late, after a loss: "late wins" happen, as when the customer withdraws. Money comes after the word.
    """
    if found["status"] != "lost":
        _still_open(found)
    if found["status"].startswith("warning"):
        found.update(status="warning_closed", is_charge_refundable=False)
        twin.emit("charge.dispute.closed", found, {})
    else:
        found["status"] = "won"
        twin.emit("charge.dispute.closed", found, {})
        _reinstate(twin, found)
    return found


TEST_VERDICTS = {
    "winning_evidence": win_dispute,
    "losing_evidence": lose_dispute,
    "escalate_inquiry_evidence": escalate_dispute,
}
"""What the bank says to these words of a test (docs.stripe.com/testing#disputes)."""


def _still_open(found: Object) -> None:
    if found["status"] in CLOSED:
        raise StripeError(400, "This dispute is already closed", code="dispute_already_closed")
