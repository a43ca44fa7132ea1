"""Disputed payments: an open one freezes what is left of the purchase; a win releases, a loss takes it back."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from billing import locks
from billing.ledger import lots
from billing.models import Dispute, Purchase
from billing.models.dispute import CLOSED
from billing.models.ledger import Account
from billing.refunds import clawback, freeze
from billing.stripe.objects import DisputeFacts

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def sync_from_stripe(facts: DisputeFacts) -> Dispute:
    """Bring our side in line with Stripe's dispute; safe at any concurrency and in any order.

    What Stripe said later counts, and lines of its balance more than any date: they only become more. A decision is
    not always the last word, since a lost dispute can be won, and an inquiry can become a dispute. One that arrives
    before its purchase is stored without it and adopted later.
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
                "currency": facts.currency,
                "reason": facts.reason,
                "status": facts.status,
                "due_by": facts.due_by,
                "takes_answer": facts.takes_answer,
                "enhanced": dict(facts.enhanced),
            },
        )
        row.purchase = row.purchase or purchase
        if is_new or _is_later(facts, row):
            _note(facts, row)
        row.submissions = max(row.submissions, facts.submissions)
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
        row.gone = row.cost()
        row.save(update_fields=["purchase", "gone"])
        _settle(row, purchase)


def _is_later(facts: DisputeFacts, row: Dispute) -> bool:
    """Return whether Stripe has said this after what stands on the row; in the same second, a decision comes later."""
    said, known = facts.as_of or row.as_of, row.as_of or facts.as_of
    theirs = (row.lines if facts.lines is None else facts.lines, said or BEGINNING, facts.status in CLOSED)
    return theirs >= (row.lines, known or BEGINNING, row.status in CLOSED)


def _note(facts: DisputeFacts, row: Dispute) -> None:
    if facts.status in CLOSED and row.status != facts.status:
        row.closed_at = timezone.now()
    elif facts.status not in CLOSED:
        row.closed_at = None
    row.status, row.amount, row.due_by = facts.status, facts.amount, facts.due_by
    row.currency = facts.currency or row.currency
    row.withdrawn, row.is_refundable = facts.withdrawn, facts.is_refundable
    row.takes_answer, row.enhanced = facts.takes_answer, dict(facts.enhanced)
    row.lines = row.lines if facts.lines is None else facts.lines
    row.fee = row.fee if facts.fee is None else facts.fee
    row.as_of = facts.as_of or row.as_of
    row.gone = row.cost()


def _settle(row: Dispute, purchase: Purchase) -> None:
    """Bring the ledger in line with the dispute. Each step is a no-op the second time."""
    if not row.is_undecided:
        freeze.end(row, f"Dispute: {row.get_status_display()}")
    # A dispute can be lost, won and lost again: the key tells these apart by what has moved before.
    before = lots.count_clawbacks(purchase.workspace, purchase.reference)
    moved = clawback.settle(
        purchase,
        cause=f"{row.reference}:{row.status}:{before}",
        reason="The disputed payment was lost" if row.gone else "The disputed payment came back",
        target=Account.DISPUTED,
    )
    if moved:
        row.credits = max(0, row.credits + moved)
        row.save(update_fields=["credits"])
    if row.is_undecided:
        freeze.begin(row, purchase)
