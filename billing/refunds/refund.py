"""Refunds: one operation with two sides, Stripe's refund and the credits taken back, each exactly once."""

from datetime import timedelta

import stripe
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from billing import locks
from billing.errors import RefundRefused
from billing.models import Purchase, Refund, RefundStatus
from billing.models.refund_request import RefundAmount
from billing.refunds import clawback, freeze, limit, mail, plan
from billing.signals import purchase_refunded
from billing.stripe import keys
from billing.stripe.client import client, to_plain_dict
from billing.stripe.objects import RefundFacts
from core import ids

STATUS = {
    "pending": Refund.Status.PENDING,
    "requires_action": Refund.Status.PENDING,
    "succeeded": Refund.Status.SUCCEEDED,
    "failed": Refund.Status.FAILED,
    "canceled": Refund.Status.FAILED,
}
"""Our status for each of Stripe's (docs.stripe.com/api/refunds/object#refund_object-status)."""
KEY_LASTS = timedelta(hours=23)
"""Stripe keeps idempotency keys for at least 24 hours; afterwards, look first whether the refund was made."""
RANK = (Refund.Status.PENDING, Refund.Status.SUCCEEDED, Refund.Status.FAILED)
"""A refund only moves forward, in whatever order its events arrive."""


def refund(
    purchase: Purchase,
    *,
    credits: int | None = None,
    amount: int | None = None,
    whole: bool = False,
    reason: str,
    actor: User | None = None,
    request_key: str | None = None,
) -> Refund:
    """Refund a part of a purchase, or what is left of its money, and take its credits back.

    The credits go first, so that they can't be spent while Stripe is asked; if Stripe refuses, they come back.

    Args:
        purchase: a paid one.
        credits: credits to take back; the money follows from them.
        amount: cents to pay back; the credits follow from them. One of credits, amount and whole is given.
        whole: whatever was not paid back yet.
        reason: shown to operators and on the customer's statement.
        actor: the operator.
        request_key: the same key returns the same refund, whatever else it is asked with.

    Raises:
        RefundRefused: more than was paid, or Stripe refuses. Nothing moved, or all moved back.
        NeedsSecondOperator: more than one operator may refund alone; nothing moved. See `refund_approval`.
        stripe.APIConnectionError: Stripe did not answer. The refund stays pending and `resume` completes it.
    """
    way = RefundAmount(credits, amount, whole=whole)
    return resume(begin(purchase, way, reason=reason, actor=actor, request_key=request_key))


def begin(
    purchase: Purchase,
    way: RefundAmount,
    *,
    reason: str,
    actor: User | None = None,
    approved_by: User | None = None,
    request_key: str | None = None,
) -> Refund:
    """Take the credits; `resume` then sends the money.

    The two are separate so that a caller's transaction can hold the first half.

    Args:
        purchase: a paid one.
        way: how much.
        reason: shown to operators and on the customer's statement.
        actor: the operator who asks.
        approved_by: a second one who agreed; without one, the limit for one operator alone applies.
        request_key: the same key returns the same refund, whatever else it is asked with.

    Raises:
        NeedsSecondOperator, RefundRefused: nothing moved.
    """
    with transaction.atomic():
        locks.payment(purchase.payment_intent or "")
        if request_key and (earlier := purchase.refunds.filter(request_key=request_key).first()):
            return earlier
        purchase = Purchase.objects.select_for_update(no_key=True).get(pk=purchase.pk)
        amount = plan.cents(purchase, way)
        if actor is not None and approved_by is None:
            limit.check(purchase, amount)
        row = Refund.objects.create(
            purchase=purchase,
            payment_intent=purchase.payment_intent or "",
            amount=amount,
            reason=reason,
            made_by=actor,
            approved_by=approved_by,
            request_key=request_key,
        )
        _settle(row, purchase)
        audit.record(
            "purchase.refund",
            workspace=purchase.workspace,
            actor=actor,
            target=purchase.public_id,
            detail={
                "refund": row.public_id,
                "amount": amount,
                "credits": row.credits,
                "reason": reason,
                "approved_by": approved_by.email if approved_by else "",
            },
        )
        return row


def resume(row: Refund) -> Refund:
    """Tell Stripe of a refund whose credits are taken, or undo it if Stripe refuses. Also works after a crash.

    Raises:
        RefundRefused: Stripe refuses; the credits are back.
        stripe.APIConnectionError: Stripe did not answer; to be called again.
    """
    try:
        if row.created_at < timezone.now() - KEY_LASTS:
            made = _made_earlier(row)
            if made is not None:
                return made
        return send(row)
    except stripe.InvalidRequestError as refused:
        sync_from_stripe(_as_failed(row), our_row=row)
        raise RefundRefused(
            f"Stripe rejected this refund: {refused.user_message or refused}. The credits are back where they were."
        ) from refused


def send(row: Refund) -> Refund:
    """Send a refund to Stripe. The idempotency key makes it one refund, as long as Stripe has not answered that key."""
    assert row.purchase is not None, "only our own refunds are sent, and they have a purchase"
    with keys.attempt(_key(row)) as key:
        # Another try may have renewed it meanwhile, after a 500 behind which the refund was made.
        if key != _key(row) and (earlier := _made_earlier(row)) is not None:
            return earlier
        made = client().v1.refunds.create(
            {
                "payment_intent": row.payment_intent,
                "amount": row.amount,
                # Stripe and the networks learn from it which payments were not the cardholder's.
                "reason": "fraudulent" if row.purchase.fraud_warnings.exists() else "requested_by_customer",
                "metadata": {"refund": row.public_id, "purchase": row.purchase.public_id},
            },
            {"idempotency_key": key},
        )
    noted = sync_from_stripe(RefundFacts.read(to_plain_dict(made)))
    assert noted is not None, "a refund with our mark has our row"
    return noted


def sync_from_stripe(facts: RefundFacts, *, our_row: Refund | None = None) -> Refund | None:
    """Bring our side in line with Stripe's refund: ours, or one made in Stripe's own dashboard.

    Safe at any concurrency and in any order; a refund that arrives before its purchase is stored without it and
    adopted later.
    """
    with transaction.atomic():
        locks.payment(facts.payment_intent)
        purchase = _purchase(facts.payment_intent)
        row = our_row and Refund.objects.get(pk=our_row.pk)
        row = row or _row(facts) or _mirror(facts, purchase)
        status = STATUS.get(facts.status, Refund.Status.PENDING)
        before = Refund.Status(row.status)
        moved = RANK.index(status) > RANK.index(before)
        if moved:
            row.status = status
        if facts.id:
            row.stripe_id = facts.id
        row.purchase = purchase or row.purchase
        row.save()
        if purchase is not None:
            _settle(row, purchase)
            if moved:
                _tell(row, purchase, before)
        return row


def _key(row: Refund) -> str:
    return f"refund:{row.pk}"


def _made_earlier(row: Refund) -> Refund | None:
    """Find our refund among those that Stripe has made of this payment."""
    listed = client().v1.refunds.list({"payment_intent": row.payment_intent, "limit": 100})
    for made in listed.auto_paging_iter():
        facts = RefundFacts.read(to_plain_dict(made))
        if facts.ours == row.public_id:
            return sync_from_stripe(facts)
    return None


def attach_to_purchase(purchase: Purchase) -> None:
    """Attach refunds that arrived before their purchase.

    Call it with the payment's lock, in the purchase's transaction.
    """
    for row in Refund.objects.filter(payment_intent=purchase.payment_intent, purchase=None).order_by("id"):
        row.purchase = purchase
        row.save(update_fields=["purchase"])
        _settle(row, purchase)
        _tell(row, purchase, Refund.Status.PENDING)


def _settle(row: Refund, purchase: Purchase) -> None:
    """Bring the ledger in line with the refund."""
    failed = row.status == Refund.Status.FAILED
    freeze.end_inquiries(purchase)
    moved = clawback.settle(
        purchase,
        cause=f"refund:{row.pk}:{'failed' if failed else 'made'}",
        reason="The refund failed" if failed else "Refund",
        actor=row.made_by,
    )
    if moved > 0:
        row.credits = moved
        row.save(update_fields=["credits"])
    freeze.renew(purchase)


def _tell(row: Refund, purchase: Purchase, before: RefundStatus) -> None:
    """Mail the customer about money that went back, and about money that returned to us afterwards."""
    if row.status == Refund.Status.SUCCEEDED:
        mail.post(mail.MADE, row, purchase)
        purchase_refunded.send(Refund, purchase=purchase, refund=row)
    elif before == Refund.Status.SUCCEEDED:
        mail.post(mail.FAILED, row, purchase)
    if row.status == Refund.Status.FAILED:
        audit.record(
            "refund.failed",
            workspace=purchase.workspace,
            target=row.public_id,
            detail={"purchase": purchase.public_id, "amount": row.amount, "credits": row.credits},
        )


def _purchase(payment_intent: str) -> Purchase | None:
    return (
        Purchase.objects.select_for_update(no_key=True)
        .filter(payment_intent=payment_intent, status=Purchase.Status.PAID)
        .select_related("workspace")
        .first()
        if payment_intent
        else None
    )


def _row(facts: RefundFacts) -> Refund | None:
    """Find our row by Stripe's id, or else by the mark that we put on our own refunds."""
    known = Refund.objects.filter(stripe_id=facts.id).first()
    if known is None and (pk := ids.parse("ref", facts.ours)):
        known = Refund.objects.filter(pk=pk, payment_intent=facts.payment_intent).first()
    return known


def _mirror(facts: RefundFacts, purchase: Purchase | None) -> Refund:
    """Create our row for a refund that was made elsewhere."""
    return Refund.objects.create(
        purchase=purchase,
        payment_intent=facts.payment_intent,
        stripe_id=facts.id,
        amount=facts.amount,
        reason=facts.reason or "Made in Stripe's dashboard",
    )


def _as_failed(row: Refund) -> RefundFacts:
    return RefundFacts(
        id=row.stripe_id or "",
        payment_intent=row.payment_intent,
        amount=row.amount,
        status="failed",
        reason=row.reason,
        ours=row.public_id,
    )
