"""Fulfillment of paid purchases, exactly once, however often webhook, return page and hourly sweep ask."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from billing import ledger, locks
from billing.disputes import dispute, fraud_warnings
from billing.models import Purchase, PurchaseStatus
from billing.refunds import refund
from billing.signals import purchase_paid
from billing.stripe.client import client, to_plain_dict
from billing.stripe.objects import Session
from core import ids, jobs


def fulfill(session_id: str) -> Purchase | None:
    """Ask Stripe for the state of a Checkout Session, and settle it.

    Returns:
        None if the session is not ours.

    Raises:
        stripe.StripeError: Stripe can't be asked; nothing changed.
    """
    return settle(Session.read(to_plain_dict(client().v1.checkout.sessions.retrieve(session_id))))


def settle(session: Session) -> Purchase | None:
    """Bring our purchase in line with Stripe's session; safe at any concurrency and in any order.

    The purchase's row is locked first, then the wallet; the ledger's natural key (payment intent) is the second
    guard, so even a purchase whose status was tampered with is fulfilled once. An expired or failed one can still
    become paid: money that arrived counts.
    """
    with transaction.atomic():
        locks.payment(session.payment_intent)
        purchase = _locked(session)
        if purchase is None or purchase.status in {Purchase.Status.PAID, Purchase.Status.REVIEW}:
            return purchase
        if session.payment_status == "paid":
            _pay(purchase, session)
        elif session.payment_status == "no_payment_required":
            _review(purchase, "Stripe asked for no money")
        elif session.status == "complete" and purchase.status == Purchase.Status.PENDING:
            _move(purchase, Purchase.Status.PROCESSING)
        elif session.status == "expired" and purchase.status == Purchase.Status.PENDING:
            _move(purchase, Purchase.Status.EXPIRED)
        return purchase


def fail(session: Session) -> Purchase | None:
    """Mark a purchase as failed whose payment did not arrive; nothing was handed over.

    Returns:
        The purchase that has failed; None if it had ended before or is not ours.
    """
    with transaction.atomic():
        purchase = _locked(session)
        if purchase is None or purchase.status not in {Purchase.Status.PENDING, Purchase.Status.PROCESSING}:
            return None
        _move(purchase, Purchase.Status.FAILED)
        return purchase


def _locked(session: Session) -> Purchase | None:
    """Lock our row for a session by our reference on it: a webhook may come before we stored the session."""
    pk = ids.parse("pur", session.reference)
    # A payment without a page is an automatic purchase's. Those of pages come with their session, and its tax.
    return (
        Purchase.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk=pk, is_automatic=not session.id)
        .select_related("workspace", "created_by")
        .first()
        if pk
        else None
    )


def _pay(purchase: Purchase, session: Session) -> None:
    objection = _objection(purchase, session)
    if objection:
        _review(purchase, objection)
        return
    purchase.status, purchase.paid_at = Purchase.Status.PAID, timezone.now()
    purchase.checkout_session, purchase.payment_intent = session.id or None, session.payment_intent
    purchase.tax = session.tax
    purchase.save(update_fields=["status", "paid_at", "checkout_session", "payment_intent", "tax"])
    ledger.sell(
        purchase.workspace,
        purchase.credits,
        key=f"stripe:{session.payment_intent}:purchase",
        reference=purchase.reference,
        reason=purchase.packs,
        actor=purchase.created_by,
    )
    purchase_paid.send(Purchase, purchase=purchase)
    refund.attach_to_purchase(purchase)
    dispute.attach_to_purchase(purchase)
    fraud_warnings.attach_to_purchase(purchase)
    jobs.defer("billing.tasks.send_receipt", purchase_id=str(purchase.pk))


def _objection(purchase: Purchase, session: Session) -> str:
    """Explain why this payment is not the one that was promised; empty if it is."""
    reused = Purchase.objects.filter(payment_intent=session.payment_intent).exclude(pk=purchase.pk)
    objections = (
        (
            purchase.checkout_session not in {None, session.id},
            f"Paid on another page than ours: {session.id}",
        ),
        (not session.payment_intent, "The payment has no payment intent"),
        (reused.exists(), "This payment paid another purchase"),
        (
            session.livemode != settings.STRIPE_LIVE_MODE or session.livemode != purchase.livemode,
            "Test money and real money were mixed up",
        ),
        (
            session.currency != purchase.currency,
            f"Paid in {session.currency}, not in {purchase.currency}",
        ),
        (
            session.discount != 0 or session.total != purchase.amount + session.tax,
            f"Paid {session.total} cents, {session.tax} of them tax, not {purchase.amount} and tax",
        ),
    )
    return next((words for applies, words in objections if applies), "")


def _review(purchase: Purchase, reason: str) -> None:
    """Stop here until an operator has looked; nothing is handed over."""
    purchase.review_reason = reason
    _move(purchase, Purchase.Status.REVIEW)
    audit.record(
        "purchase.review",
        workspace=purchase.workspace,
        target=purchase.public_id,
        detail={"reason": reason},
    )


def _move(purchase: Purchase, status: PurchaseStatus) -> None:
    purchase.status = status
    purchase.save(update_fields=["status", "review_reason"])
