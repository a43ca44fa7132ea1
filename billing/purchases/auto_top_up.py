"""Auto top-up: buy the chosen pack when credits run low, with the saved card, without anybody present.

What Stripe refuses for good pauses it and is mailed to the owners; what may pass (no answer, 5xx, limits, and what
operators have to resolve) is retried for some hours, with growing delays. A charge without an answer is looked up at
Stripe before it is asked for again.
"""

import logging
import uuid
from datetime import timedelta
from typing import Any

import stripe
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from billing.ledger import balance
from billing.models import AutoTopUp, PauseKind, Purchase
from billing.purchases import auto_top_up_consent, auto_top_up_pause, fulfillment
from billing.stripe import customers, failures
from billing.stripe.client import client, to_plain_dict
from billing.stripe.objects import DeclineFacts, Session
from core.database import clock

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longest time that one charge may take; after each charge without an answer the wait doubles."""
MAX_TRIES = 8
"""Charges without an answer in a row: the last comes about ten hours after the first."""
DAY = timedelta(hours=24)
KEY_LASTS = timedelta(hours=23)
"""Stripe keeps idempotency keys for at least 24 hours: so long a charge without an answer may be repeated."""
UNDER_WAY = (Purchase.Status.PENDING, Purchase.Status.PROCESSING)
MOVING = ("succeeded", "processing")
"""Statuses of a payment whose money has come or is on its way; any other waits for a person: nobody is there."""
OF_THE_CARD = ("payment_method", "customer")
"""Parameters that Stripe's refusal of a charge names if the saved card is the reason."""


def due() -> list[uuid.UUID]:
    """List workspaces whose credits ran low, and those with a charge without an answer."""
    rows = AutoTopUp.objects.filter(is_on=True, paused_at=None, workspace__suspended_at=None).filter(
        Q(busy_until=None) | Q(busy_until__lt=Now())
    )
    low = rows.filter(workspace__wallet__available__lt=F("threshold"))
    unanswered = rows.filter(
        workspace__purchases__is_automatic=True, workspace__purchases__status=Purchase.Status.PENDING
    )
    return list((low | unanswered).values_list("pk", flat=True).distinct())


def run(workspace_id: uuid.UUID) -> Purchase | None:
    """Charge the saved card for the chosen pack, if that is due.

    One charge is in flight at a time: only the process that took the lease charges.

    Returns:
        The purchase; None if nothing is due.
    """
    claimed = _claim(workspace_id)
    if claimed is None:
        return None
    purchase, is_new = claimed
    try:
        intent = _charge(purchase) if is_new else _again(purchase)
    except stripe.CardError as declined:
        _stop(purchase, _kind_of_decline(declined.code or ""))
    except stripe.InvalidRequestError as refused:
        _refuse(purchase, refused)
    except stripe.StripeError as error:
        _postpone(purchase, error)
        # The lease runs out, and the charge is looked up again.
        return purchase
    else:
        _settle(purchase, intent)
    AutoTopUp.objects.filter(pk=workspace_id).update(busy_until=None, tries=0)
    purchase.refresh_from_db()
    return purchase


def resolve_unfinished(purchase: Purchase) -> None:
    """Find out what became of an automatic purchase that is no longer charged: paid, failed, or never begun.

    Raises:
        stripe.StripeError: Stripe can't be asked; nothing changed.
    """
    intent = _find(purchase)
    if intent is not None or purchase.created_at < timezone.now() - KEY_LASTS:
        _settle(purchase, intent)


def mark_failed(purchase: Purchase, facts: DeclineFacts) -> None:
    """Pause after Stripe reports that the payment of an automatic purchase failed."""
    auto_top_up_pause.pause(purchase.workspace_id, _kind_of_decline(facts.reason))


def _claim(workspace_id: uuid.UUID) -> tuple[Purchase, bool] | None:
    """Take the lease, and return the purchase to charge for and whether it is new; None if nothing is due."""
    with transaction.atomic():
        row = (
            AutoTopUp.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk=workspace_id, is_on=True, paused_at=None, workspace__suspended_at=None)
            .select_related("workspace", "pack")
            .first()
        )
        now = clock.now()
        if row is None or (row.busy_until is not None and row.busy_until > now):
            return None
        automatic = Purchase.objects.filter(workspace=row.workspace, is_automatic=True)
        waiting = automatic.filter(status=Purchase.Status.PENDING).order_by("created_at").first()
        purchase = waiting or _order(row, automatic)
        if purchase is None:
            return None
        row.busy_until = now + LEASE
        row.save(update_fields=["busy_until"])
        return purchase, waiting is None


def _order(row: AutoTopUp, automatic: QuerySet[Purchase]) -> Purchase | None:
    """Create a purchase if credits are low, none is under way, the day has room, and the consent covers it."""
    counted = automatic.filter(created_at__gt=timezone.now() - DAY).exclude(status=Purchase.Status.EXPIRED)
    # Somebody who just acted on a failure need not wait for a day.
    if row.resumed_at is not None:
        counted = counted.exclude(status=Purchase.Status.FAILED, created_at__lt=row.resumed_at)
    if (
        balance.for_workspace(row.workspace).available >= row.threshold
        or automatic.filter(status=Purchase.Status.PROCESSING).exists()
        or counted.count() >= row.per_day
    ):
        return None
    purchase = auto_top_up_consent.order_agreed(row)
    if purchase is None and (found := auto_top_up_consent.objection(row)):
        auto_top_up_pause.pause(row.pk, *found)
    return purchase


def _charge(purchase: Purchase) -> dict[str, Any]:
    made = client().v1.payment_intents.create(
        {
            "amount": purchase.amount,
            "currency": purchase.currency,
            "customer": customers.customer_id(purchase.workspace, None),
            "payment_method": purchase.saved_card,
            "off_session": True,
            "confirm": True,
            "description": f"{purchase.pack_name}: {purchase.credits:,} credits",
            "metadata": {"purchase": purchase.public_id},
        },
        {"idempotency_key": purchase.charge_key},
    )
    return to_plain_dict(made)


def _again(purchase: Purchase) -> dict[str, Any] | None:
    """Look a charge without an answer up at Stripe, and repeat it if Stripe has none.

    Returns:
        The payment; None if Stripe has none and it may no longer be charged: it is too old, or the consent does not
        cover it.
    """
    if (intent := _find(purchase)) is not None:
        return intent
    row = AutoTopUp.objects.get(pk=purchase.workspace_id)
    if purchase.created_at < timezone.now() - KEY_LASTS or not auto_top_up_consent.covers(row, purchase):
        return None
    if purchase.saved_card != row.payment_method:
        purchase.saved_card = row.payment_method
        purchase.charge_key = _new_key(purchase)
        purchase.save(update_fields=["saved_card", "charge_key"])
    return _charge(purchase)


def _find(purchase: Purchase) -> dict[str, Any] | None:
    """Find the payment at Stripe that names the purchase."""
    since = int((purchase.created_at - DAY).timestamp())
    customer = customers.customer_id(purchase.workspace, None)
    made = client().v1.payment_intents.list({"customer": customer, "created": {"gte": since}, "limit": 100})
    for intent in map(to_plain_dict, made.auto_paging_iter()):
        if (intent.get("metadata") or {}).get("purchase") == purchase.public_id:
            return intent
    return None


def _settle(purchase: Purchase, intent: dict[str, Any] | None) -> None:
    """Bring our purchase in line with Stripe's payment; one that was never begun expires."""
    if intent is None:
        _end(purchase, Purchase.Status.EXPIRED)
    elif intent.get("status") in MOVING:
        fulfillment.settle(Session.of_intent(intent))
    else:
        _stop(purchase, _kind_of_decline(DeclineFacts.read(intent, "").reason))


def _stop(purchase: Purchase, kind: PauseKind) -> None:
    """Fail the purchase, and pause: nothing was charged, and trying again would not help."""
    with transaction.atomic():
        _end(purchase, Purchase.Status.FAILED)
        # By the pause, not by the purchase: the webhook about the same failure may have been faster.
        auto_top_up_pause.pause(purchase.workspace_id, kind)


def _refuse(purchase: Purchase, refused: stripe.InvalidRequestError) -> None:
    """Stop after a refusal: the card or its customer is gone, which owners can fix, or our request is wrong."""
    words = str(refused).lower().replace(" ", "").replace("_", "")
    is_the_card = refused.param in OF_THE_CARD or "paymentmethod" in words
    _stop(purchase, PauseKind.CARD_GONE if is_the_card else PauseKind.REFUSED)
    if not is_the_card:
        failures.record(refused)


def _postpone(purchase: Purchase, error: stripe.StripeError) -> None:
    """Postpone a charge without an answer by a growing delay, and pause after too many."""
    logger.warning("No answer about the automatic purchase %s: %s", purchase.public_id, error)
    failures.record(error)
    if isinstance(error, stripe.IdempotencyError) or (error.http_status or 0) >= 500:  # noqa: PLR2004 -- HTTP's
        # Stripe would repeat its answer to the same key; the next try looks for the payment before it uses another.
        Purchase.objects.filter(pk=purchase.pk).update(charge_key=_new_key(purchase))
    with transaction.atomic():
        row = AutoTopUp.objects.select_for_update(no_key=True).get(pk=purchase.workspace_id)
        row.tries += 1
        row.busy_until = clock.now() + LEASE * 2 ** (row.tries - 1)
        row.save(update_fields=["tries", "busy_until"])
        if row.tries >= MAX_TRIES:
            auto_top_up_pause.pause(row.pk, PauseKind.NO_ANSWER)


def _end(purchase: Purchase, status: str) -> None:
    Purchase.objects.filter(pk=purchase.pk, status__in=UNDER_WAY).update(status=status)


def _new_key(purchase: Purchase) -> str:
    return f"topup:{purchase.pk}:{uuid.uuid4().hex[:8]}"


def _kind_of_decline(reason: str) -> PauseKind:
    return PauseKind.NEEDS_PAYER if reason == "authentication_required" else PauseKind.DECLINED
