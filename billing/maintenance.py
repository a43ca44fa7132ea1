"""Repair of what a lost webhook, a dead process or Stripe's silence left behind: safe to run at any time."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import batched
from typing import Any

import stripe
from django.db import DatabaseError
from django.utils import timezone
from djstripe.models import Event, WebhookEventTrigger

from accounts.models import Mode
from billing.caps import alerts, limits
from billing.clients import allowances, clients
from billing.errors import LedgerError, RefundRefused
from billing.models import Purchase, Refund
from billing.purchases import auto_top_up, fulfillment, low_balance_mail
from billing.purchases.checkout import OPEN_FOR
from billing.refunds import refund
from billing.stripe.client import client, to_plain_dict
from billing.stripe.objects import RefundFacts
from billing.stripe.webhook_endpoint import EVENTS
from core import jobs
from core.database import portions

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=30)
"""Time for which Stripe lists events (docs.stripe.com/api/events)."""
MOST_TYPES = 20
"""Types of events that one list may ask for."""
OVERLAP = timedelta(hours=1)
DELIVERIES_LAST = timedelta(days=30)
"""How long bodies and headers of Stripe's calls are kept, forged ones included: to find out what went wrong."""
EVENTS_LAST = timedelta(days=90)
"""How long events are kept: three times as long as Stripe can send one again, so that none is handled twice."""
PATIENCE = timedelta(minutes=10)
INVOICES_FOR = timedelta(days=3)
"""Time after a payment for which its invoice is asked for."""
AT_ONCE = 500
TROUBLE = (stripe.StripeError, LedgerError, DatabaseError, RefundRefused)
"""Errors about one item that must not keep the sweeper from the next."""


def sweep() -> int:
    """Run all sweeps, and return the number of items looked at."""
    return _run_each(sweep_often, sweep_hourly)


def sweep_often() -> int:
    """Run what is due every minute or two: auto top-ups, refunds under way, receipts, low balances, caps, closed clients."""
    return _run_each(
        top_ups,
        refunds,
        receipts,
        low_balance_mail.notify_owners,
        limits.adopt,
        alerts.notify,
        clients.settle_closed,
    )


def sweep_hourly() -> int:
    """Run what is due every hour: catch up with what Stripe knows and we have not heard, and the allowances of clients."""
    return _run_each(events, purchases, invoices, allowances.fill)


def events() -> int:
    """Handle Stripe's events that never reached us; this catches up with an endpoint that was down for days."""
    handled = 0
    for data in _missed_events():
        if Event.objects.filter(id=data["id"]).exists():
            continue
        try:
            Event.process(data)
            handled += 1
        except TROUBLE:
            logger.exception("Stripe's event %s could not be handled; the next sweep tries again", data["id"])
    return handled


def forget() -> dict[str, int]:
    """Delete what Stripe has sent long ago; what it meant is in our own rows."""
    now = timezone.now()
    return {
        "deliveries": portions.delete(
            WebhookEventTrigger.objects.filter(created__lt=now - DELIVERIES_LAST), AT_ONCE
        ),
        "events": portions.delete(Event.objects.filter(created__lt=now - EVENTS_LAST), AT_ONCE),
    }


def purchases() -> int:
    """Ask Stripe about open purchases whose page has closed, and close those that were never begun."""
    now = timezone.now()
    stale = Purchase.objects.filter(
        status__in=(Purchase.Status.PENDING, Purchase.Status.PROCESSING), created_at__lt=now - OPEN_FOR
    )
    asked = 0
    for purchase in stale.exclude(checkout_session=None).order_by("created_at")[:AT_ONCE]:
        try:
            fulfillment.fulfill(purchase.checkout_session or "")
            asked += 1
        except TROUBLE:
            logger.exception("Stripe does not tell about %s", purchase.public_id)
    for purchase in (
        stale.filter(is_automatic=True).select_related("workspace").order_by("created_at")[:AT_ONCE]
    ):
        try:
            auto_top_up.resolve_unfinished(purchase)
            asked += 1
        except TROUBLE:
            logger.exception("Stripe does not tell about %s", purchase.public_id)
    # Without a page nobody can have paid; a click repeated with its key would be a day late.
    stale.filter(checkout_session=None, is_automatic=False, created_at__lt=now - timedelta(days=1)).update(
        status=Purchase.Status.EXPIRED
    )
    return asked


def refunds() -> int:
    """Send refunds that Stripe was not told of, and ask about those that take long."""
    before = timezone.now() - PATIENCE
    asked = 0
    for row in Refund.objects.filter(
        status=Refund.Status.PENDING, created_at__lt=before, purchase__isnull=False
    ).select_related("purchase")[:AT_ONCE]:
        try:
            if row.stripe_id:
                refund.sync_from_stripe(
                    RefundFacts.read(to_plain_dict(client().v1.refunds.retrieve(row.stripe_id)))
                )
            else:
                refund.resume(row)
            asked += 1
        except TROUBLE:
            logger.exception("Stripe does not tell about %s", row.public_id)
    return asked


def receipts() -> int:
    """Defer again the receipts whose job was lost or gave up."""
    unsent = Purchase.objects.filter(
        workspace__mode=Mode.LIVE,
        status=Purchase.Status.PAID,
        receipt_sent_at=None,
        paid_at__lt=timezone.now() - PATIENCE,
    )
    found = list(unsent.values_list("pk", flat=True)[:AT_ONCE])
    jobs.defer_all("billing.tasks.send_receipt", [{"purchase_id": str(pk)} for pk in found])
    return len(found)


def invoices() -> int:
    """Ask again for links of invoices that Stripe had not made when the receipt was sent."""
    now = timezone.now()
    without = Purchase.objects.filter(
        status=Purchase.Status.PAID,
        invoice_url="",
        checkout_session__isnull=False,
        receipt_sent_at__isnull=False,
        paid_at__range=(now - INVOICES_FOR, now - PATIENCE),
    ).order_by("-paid_at")
    found = list(without.values_list("pk", flat=True)[:AT_ONCE])
    jobs.defer_all("billing.tasks.note_invoice", [{"purchase_id": str(pk)} for pk in found])
    return len(found)


def top_ups() -> int:
    """Run the auto top-ups that are due."""
    done = 0
    for workspace in auto_top_up.due():
        try:
            done += auto_top_up.run(workspace) is not None
        except TROUBLE:
            logger.exception("Auto top-up of %s stopped half-way; the next sweep goes on", workspace)
    return done


def _run_each(*sweeps: Callable[[], int]) -> int:
    """Run each of them, and only then raise what stopped the first that was stopped: none keeps the next from its work."""
    handled, stopped = 0, None
    for one in sweeps:
        try:
            handled += one()
        except TROUBLE as error:
            logger.exception("A sweep was stopped; the others go on")
            stopped = stopped or error
    if stopped:
        raise stopped
    return handled


def _missed_events() -> Iterator[dict[str, Any]]:
    """Yield events that Stripe failed to deliver within 30 days, then all since shortly before our newest one.

    The second list is for an endpoint that Stripe did not know of at all; the first finds single losses.
    """
    now = timezone.now()
    newest = Event.objects.order_by("-created").values_list("created", flat=True).first()
    since = max(now - LOOK_BACK, newest - OVERLAP) if newest else now - LOOK_BACK
    month_ago = int((now - LOOK_BACK).timestamp())
    windows: tuple[Any, ...] = (
        {"delivery_success": False, "created": {"gte": month_ago}},
        {"created": {"gte": int(since.timestamp())}},
    )
    for window in windows:
        found: list[dict[str, Any]] = [
            to_plain_dict(event)
            for types in batched(EVENTS, MOST_TYPES, strict=False)
            for event in _listed(window, types)
        ]
        # Oldest first, as they happened; any order works, this one has the fewest detours.
        found.reverse()
        yield from sorted(found, key=lambda event: event["created"])


def _listed(window: dict[str, Any], types: tuple[str, ...]) -> Iterator[Any]:
    wanted: Any = {**window, "types": list(types), "limit": 100}
    yield from client().v1.events.list(wanted).auto_paging_iter()
