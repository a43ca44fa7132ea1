"""Inquiries: a bank asks before it disputes, and a full refund is an answer (docs.stripe.com/disputes/how-disputes-work)."""

from sandbox.stripe.store import Object
from sandbox.stripe.twin import Twin

INQUIRIES = ("warning_needs_response", "warning_under_review")


def is_refundable(twin: Twin, charged: Object) -> bool:
    """Whether all disputes of the charge are inquiries that go on, or have ended."""
    return all(
        one["is_charge_refundable"] or one["status"] == "warning_closed"
        for one in twin.store.all("dispute")
        if one["charge"] == charged["id"]
    )


def close(twin: Twin, charged: Object) -> None:
    """A full refund ends an inquiry, without a fee."""
    for found in twin.store.all("dispute"):
        if found["charge"] == charged["id"] and found["status"] in INQUIRIES:
            found.update(status="warning_closed", is_charge_refundable=False)
            twin.emit("charge.dispute.closed", found, {})
