"""Disputed payments: an open one freezes what is left of the purchase; a win releases, a loss takes it back."""

from django.db import transaction
from django.utils import timezone

from accounts import audit
from billing import ledger, locks
from billing.errors import UnknownReference
from billing.ledger import lots
from billing.models import Dispute, Purchase
from billing.models.ledger import Account
from billing.refunds import clawback
from billing.stripe.objects import DisputeFacts

CLOSED = frozenset(
    {Dispute.Status.WON, Dispute.Status.LOST, Dispute.Status.WARNING_CLOSED, Dispute.Status.PREVENTED}
)


def sync_from_stripe(facts: DisputeFacts) -> Dispute:
    """Bring our side in line with Stripe's dispute; safe at any concurrency and in any order.

    A closed dispute stays closed, so a late "created" or "updated" changes nothing. One that arrives before its
    purchase is stored without it and adopted later.
    """
    with transaction.atomic():
        locks.payment(facts.payment_intent)
        purchase = (
            Purchase.objects.select_for_update(no_key=True)
            .filter(payment_intent=facts.payment_intent, status=Purchase.Status.PAID)
            .select_related("workspace")
            .first()
            if facts.payment_intent
            else None
        )
        row, is_new = Dispute.objects.get_or_create(
            stripe_id=facts.id,
            defaults={
                "purchase": purchase,
                "payment_intent": facts.payment_intent,
                "charge": facts.charge,
                "amount": facts.amount,
                "reason": facts.reason,
                "status": facts.status,
                "due_by": facts.due_by,
            },
        )
        if row.status not in CLOSED:
            row.status, row.amount, row.due_by = facts.status, facts.amount, facts.due_by
            row.closed_at = timezone.now() if facts.status in CLOSED else None
        row.submissions = max(row.submissions, facts.submissions)
        row.purchase = row.purchase or purchase
        row.save()
        if row.purchase is not None:
            _settle(row, row.purchase)
        if is_new:
            audit.record(
                "dispute.opened",
                workspace=row.purchase.workspace if row.purchase else None,
                target=row.public_id,
                detail={"amount": row.amount, "reason": row.reason},
            )
        return row


def attach_to_purchase(purchase: Purchase) -> None:
    """Attach disputes that arrived before their purchase.

    Call it with the payment's lock, in the purchase's transaction.
    """
    for row in Dispute.objects.filter(payment_intent=purchase.payment_intent, purchase=None).order_by("id"):
        row.purchase = purchase
        row.save(update_fields=["purchase"])
        _settle(row, purchase)


def _settle(row: Dispute, purchase: Purchase) -> None:
    """Bring the ledger in line with the dispute. Each step is a no-op the second time."""
    if row.status not in CLOSED:
        _freeze(row, purchase)
        return
    _unfreeze(row)
    if row.status == Dispute.Status.LOST:
        taken = clawback.settle(
            purchase,
            cause=f"{row.reference}:lost",
            reason="The disputed payment was lost",
            target=Account.DISPUTED,
        )
        if taken > 0:
            row.credits = taken
            row.save(update_fields=["credits"])


def _freeze(row: Dispute, purchase: Purchase) -> None:
    """Hold what is left of the disputed part of the purchase."""
    if row.frozen:
        return
    disputed = clawback.credits_for(purchase, min(row.amount, purchase.total))
    left = lots.left_of(purchase.workspace, purchase.pk)
    if min(disputed, left) > 0:
        row.frozen = ledger.freeze(
            purchase.workspace, min(disputed, left), reference=row.reference, reason="The payment is disputed"
        )
        row.save(update_fields=["frozen"])


def _unfreeze(row: Dispute) -> None:
    try:
        ledger.release(
            row.reference, key=f"{row.reference}:closed", reason=f"Dispute: {row.get_status_display()}"
        )
    except UnknownReference:
        # Nothing was left to freeze.
        return
