"""Stripe's books against ours: payments, refunds, disputes and fees, one by one in both directions."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import stripe
from django.db.models import QuerySet

from billing.models import Dispute, Purchase, Refund
from billing.reconciliation import stripe_balance
from billing.reconciliation.findings import Findings
from billing.refunds.refund import STATUS
from billing.stripe import pages
from billing.stripe.client import client
from billing.stripe.objects import DisputeFacts, RefundFacts
from core import ids

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything of ours."""


def compare(since: datetime | None = None, until: datetime | None = None) -> Findings:
    """Compare everything that Stripe has, or has made since a moment or before another.

    Raises:
        stripe.StripeError: Stripe does not answer; nothing is known.
    """
    found = Findings()
    window: dict[str, Any] = {}
    if until is not None:
        since = since or EARLIEST
    if since is not None:
        window["created"] = {"gte": int(since.timestamp())}
    if until is not None:
        window["created"]["lt"] = int(until.timestamp())
    _payments(found, window, since)
    _refunds(found, window, since)
    _disputes(found, window, since)
    stripe_balance.compare(found, stripe_balance.lines(window), since)
    return found


def _payments(found: Findings, window: dict[str, Any], since: datetime | None) -> None:
    ours = {one.payment_intent: one for one in _paid()}
    seen: set[str | None] = set()
    for intent in pages.every(client().v1.payment_intents.list, window):
        if intent["status"] != "succeeded":
            continue
        found.counts["payments"] += 1
        found.counts["paid cents"] += intent["amount_received"]
        name = str((intent.get("metadata") or {}).get("purchase") or "")
        purchase = ours.get(intent["id"])
        if purchase is not None:
            seen.add(intent["id"])
            _same_payment(found, intent, name, purchase)
        elif name:
            _not_credited(found, intent, name)
    for missing in _absent(ours, seen, since, client().v1.payment_intents.retrieve):
        found.differ(
            "not paid", f"{ours[missing].public_id} is paid here, but Stripe has no payment {missing}"
        )


def _paid() -> QuerySet[Purchase]:
    """Select paid purchases that name their payment; one that does not is a difference of our own books."""
    return Purchase.objects.filter(status=Purchase.Status.PAID).exclude(payment_intent=None)


def _same_payment(found: Findings, intent: dict[str, Any], name: str, purchase: Purchase) -> None:
    pk = intent["id"]
    if name != purchase.public_id:
        found.differ("wrong purchase", f"payment {pk} says {name}, here it paid {purchase.public_id}")
    if intent["amount_received"] != purchase.total:
        found.differ("amount", f"payment {pk} is {intent['amount_received']} cents, here {purchase.total}")
    if intent["currency"] != purchase.currency:
        found.differ("currency", f"payment {pk} is in {intent['currency']}, here {purchase.currency}")
    if bool(intent["livemode"]) != purchase.livemode:
        found.differ("mode", f"payment {pk} mixes test money and real money")


def _not_credited(found: Findings, intent: dict[str, Any], name: str) -> None:
    """Report money that came for a purchase of ours that is not paid, or is paid by another payment."""
    pk = ids.parse("pur", name)
    purchase = Purchase.objects.filter(pk=pk).first() if pk else None
    if purchase is None:
        found.differ("unknown purchase", f"payment {intent['id']} is for {name}, which nobody knows")
    elif purchase.status == Purchase.Status.PAID:
        found.differ(
            "paid twice", f"payment {intent['id']} paid {name} again, after {purchase.payment_intent}"
        )
    else:
        found.differ("not credited", f"payment {intent['id']} came for {name}, which is {purchase.status}")


def _refunds(found: Findings, window: dict[str, Any], since: datetime | None) -> None:
    ours = {one.stripe_id: one for one in Refund.objects.exclude(stripe_id=None)}
    payments = set(Purchase.objects.exclude(payment_intent=None).values_list("payment_intent", flat=True))
    seen: set[str | None] = set()
    for data in pages.every(client().v1.refunds.list, window):
        facts = RefundFacts.read(data)
        if facts.payment_intent not in payments:
            continue
        found.counts["refunds"] += 1
        found.counts["refunded cents"] += facts.amount
        row = ours.get(facts.id)
        if row is None:
            found.differ(
                "refund unknown", f"{facts.id}: {facts.amount} cents of {facts.payment_intent} went back"
            )
            continue
        seen.add(facts.id)
        if row.amount != facts.amount:
            found.differ("refund amount", f"{facts.id} is {facts.amount} cents, here {row.amount}")
        if STATUS.get(facts.status) != row.status:
            found.differ("refund status", f"{facts.id} is {facts.status}, here {row.status}")
        if row.payment_intent != facts.payment_intent:
            found.differ(
                "refund payment", f"{facts.id} is of {facts.payment_intent}, here of {row.payment_intent}"
            )
    for missing in _absent(ours, seen, since, client().v1.refunds.retrieve):
        found.differ("refund missing", f"{missing} is noted here, but Stripe has no such refund")


def _disputes(found: Findings, window: dict[str, Any], since: datetime | None) -> None:
    ours = {one.stripe_id: one for one in Dispute.objects.all()}
    payments = set(Purchase.objects.exclude(payment_intent=None).values_list("payment_intent", flat=True))
    seen: set[str] = set()
    for data in pages.every(client().v1.disputes.list, window):
        facts = DisputeFacts.read(data)
        if facts.payment_intent not in payments:
            continue
        found.counts["disputes"] += 1
        row = ours.get(facts.id)
        if row is None:
            found.differ("dispute unknown", f"{facts.id} of {facts.payment_intent}, {facts.amount} cents")
            continue
        seen.add(facts.id)
        if row.status != facts.status:
            found.differ("dispute status", f"{facts.id} is {facts.status}, here {row.status}")
        if row.amount != facts.amount:
            found.differ("dispute amount", f"{facts.id} is {facts.amount} cents, here {row.amount}")
        if row.withdrawn is None:
            Dispute.objects.filter(pk=row.pk, withdrawn=None).update(withdrawn=facts.withdrawn)
        elif row.withdrawn != facts.withdrawn:
            found.differ(
                "dispute money", f"{facts.id} has withdrawn {facts.withdrawn} cents, here {row.withdrawn}"
            )
    for missing in _absent(ours, seen, since, client().v1.disputes.retrieve):
        found.differ("dispute missing", f"{missing} is noted here, but Stripe has no such dispute")


def _absent(
    ours: Mapping[Any, Any], seen: Collection[Any], since: datetime | None, retrieve: Callable[[str], Any]
) -> Iterator[str]:
    """Yield ids that we know, but that Stripe neither listed nor finds when asked for each by itself."""
    for name in ours.keys() - set(seen):
        if since is None or ours[name].created_at >= since:
            try:
                pages.patiently(partial(retrieve, name))
            except stripe.InvalidRequestError:
                yield name
