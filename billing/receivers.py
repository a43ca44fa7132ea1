"""Receivers of signals from accounts, and of Stripe's events through dj-stripe.

Stripe's events come signed (`billing.views.webhook` checked it) and run inside dj-stripe's transaction, which also
records the event: what is done here and "this event was handled" are one commit. An exception rolls both back and
answers 500, so Stripe sends the event again.
"""

from typing import Any

from django.db import transaction
from django.dispatch import Signal, receiver
from djstripe.models import Event
from djstripe.signals import WEBHOOK_SIGNALS

from accounts.models import User, Workspace
from accounts.signals import email_verified, test_world_made
from billing.disputes import dispute, fraud_warnings
from billing.fraud import card_testing
from billing.fraud.welcome_credits import grant_welcome_credits
from billing.ledger import test_credits
from billing.purchases import auto_top_up, fulfillment, receipts, saved_card
from billing.refunds import refund
from billing.stripe import customers
from billing.stripe.objects import DeclineFacts, DisputeFacts, RefundFacts, Session
from core import jobs


def _event_signals(*types: str) -> list[Signal]:
    """Return dj-stripe's signals for these types of events."""
    return [WEBHOOK_SIGNALS[name] for name in types]


@receiver(email_verified)
def on_email_verified(
    sender: type[User],
    *,
    user: User,
    workspace: Workspace,
    mailbox: str,
    address: str | None = None,
    device: str = "",
    **kwargs: Any,
) -> None:
    """Give free credits to a new person who has shown that the mailbox is theirs."""
    grant_welcome_credits(user, workspace, mailbox, address, device)


@receiver(test_world_made)
def on_test_world_made(sender: type[Workspace], *, world: Workspace, **kwargs: Any) -> None:
    """Give a new test world its first credits."""
    test_credits.refill(world)


@receiver(
    _event_signals(
        "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.expired"
    ),
    sender=Event,
)
def on_session(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Settle a page that ended or a delayed payment that arrived, or ask Stripe about a card that was saved."""
    session = event.data["object"]
    if session.get("mode") != "setup":
        fulfillment.settle(Session.read(session))
    elif event.type == "checkout.session.completed":
        jobs.defer("billing.tasks.note_card", session=session["id"])


@receiver(_event_signals("checkout.session.async_payment_failed"), sender=Event)
def on_session_failed(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Fail a purchase whose delayed payment did not arrive."""
    fulfillment.fail(Session.read(event.data["object"]))


@receiver(_event_signals("payment_intent.succeeded", "payment_intent.processing"), sender=Event)
def on_payment(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Settle a payment without a page, by auto top-up; those of pages are reported by their session."""
    fulfillment.settle(Session.of_intent(event.data["object"]))


@receiver(_event_signals("payment_intent.payment_failed", "payment_intent.canceled"), sender=Event)
def on_payment_failed(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Fail a payment without a page, or count a card declined on a page, where another one may be tried."""
    intent = event.data["object"]
    facts = DeclineFacts.read(intent, event.id)
    with transaction.atomic():
        if purchase := fulfillment.fail(Session.of_intent(intent)):
            auto_top_up.mark_failed(purchase, facts)
    if event.type == "payment_intent.payment_failed":
        card_testing.record_decline(facts)


@receiver(_event_signals("setup_intent.setup_failed"), sender=Event)
def on_card_refused(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Handle a card that could not be saved, or turned out not to be good after all."""
    saved_card.handle_refusal(event.data["object"])
    card_testing.record_decline(DeclineFacts.read(event.data["object"], event.id))


@receiver(_event_signals("refund.created", "refund.updated", "refund.failed"), sender=Event)
def on_refund(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Record a refund, wherever it was made."""
    refund.sync_from_stripe(RefundFacts.read(event.data["object"]))


@receiver(_event_signals("charge.updated"), sender=Event)
def on_charge_updated(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Ask for the fee of a payment whose line in Stripe's balance was booked after it was captured."""
    charge = event.data["object"]
    if charge.get("balance_transaction"):
        receipts.ask_for_fee(str(charge.get("payment_intent") or ""))


@receiver(_event_signals("payment_method.detached"), sender=Event)
def on_card_detached(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Pause auto top-ups whose card was taken off its customer at Stripe."""
    saved_card.handle_detached(event.data["object"]["id"])


@receiver(_event_signals("customer.deleted"), sender=Event)
def on_customer_deleted(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Forget a customer that was deleted at Stripe; the next purchase makes a new one."""
    customers.forget(event.data["object"]["id"])


@receiver(
    _event_signals("radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"), sender=Event
)
def on_fraud_warning(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Record a card network's warning about a payment, before it becomes a dispute."""
    fraud_warnings.record(event.data["object"])


@receiver(
    _event_signals(
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    ),
    sender=Event,
)
def on_dispute(sender: type[Event], event: Event, **kwargs: Any) -> None:
    """Record a dispute, or the bank's decision."""
    dispute.sync_from_stripe(DisputeFacts.read(event.data["object"], as_of=event.created))
