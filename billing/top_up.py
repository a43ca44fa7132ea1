"""Auto top-up: buy the chosen pack when credits run low, with the saved card, without anybody present."""

import logging
import uuid
from datetime import timedelta

import stripe
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace
from billing import balance, card_testing, customers, fulfil, later, offers, top_up_letters
from billing.errors import TopUpRefused
from billing.models import AutoTopUp, PaymentPage, Purchase
from billing.stripe_client import client, plain
from billing.stripe_objects import Session

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
DAY = timedelta(hours=24)
KEY_LASTS = timedelta(hours=23)
"""Stripe keeps idempotency keys for 24 hours at least: a charge without an answer may be asked about so long."""
COUNTED = (Purchase.Status.PENDING, Purchase.Status.PROCESSING, Purchase.Status.PAID, Purchase.Status.REVIEW)
THRESHOLDS = (50, 100, 200, 500, 1_000, 2_000)


def choose(
    workspace: Workspace, user: User, *, on: bool, threshold: int, pack_slug: str, per_day: int
) -> AutoTopUp:
    """Set auto top-up. Switching it on is the consent to be charged, so who and when is kept.

    Raises:
        TopUpRefused: no card is saved yet, or the choice is not on offer. Nothing was changed.
    """
    offer = next((one for one in offers.of(workspace) if one.slug == pack_slug), None)
    if offer is None or threshold not in THRESHOLDS or not 1 <= per_day <= 5:  # noqa: PLR2004 -- as on the page
        raise TopUpRefused("That can't be chosen for auto top-up. Nothing was changed.")
    with transaction.atomic():
        row, _ = AutoTopUp.objects.select_for_update(no_key=True).get_or_create(
            workspace=workspace, defaults={"pack": offer.pack}
        )
        if on and not row.payment_method:
            raise TopUpRefused("Save a card first; then auto top-up can be switched on. Nothing was charged.")
        row.threshold, row.pack, row.per_day = threshold, offer.pack, per_day
        if on:
            row.consented_by, row.consented_at = user, timezone.now()
            row.paused_at, row.paused_because = None, ""
        row.is_on = on
        row.save()
        audit.record(
            "top_up.chosen",
            workspace=workspace,
            actor=user,
            detail={
                "on": on,
                "threshold": threshold,
                "pack": pack_slug,
                "per_day": per_day,
                "price": offer.amount,
            },
        )
    return row


def ask_for_card(workspace: Workspace, user: User, address: str | None = None) -> str:
    """The address of Stripe's page where a card is saved; nothing is charged there.

    Raises:
        TopUpRefused, TooManyCheckouts, CheckoutPaused: no page was opened.
    """
    fallback = next(iter(offers.of(workspace)), None)
    if fallback is None:
        raise TopUpRefused("No pack is on sale right now.")
    row, _ = AutoTopUp.objects.get_or_create(workspace=workspace, defaults={"pack": fallback.pack})
    with transaction.atomic():
        asked = card_testing.open_page(workspace, user, address)
    page = client().v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": settings.CURRENCY,
            "customer": customers.of(workspace, user),
            "metadata": {"workspace": workspace.public_id},
            "setup_intent_data": {"metadata": {"page": asked.public_id}},
            "success_url": f"{settings.BASE_URL}/billing/top-up/saved",
            "cancel_url": f"{settings.BASE_URL}/billing",
        },
        {"idempotency_key": f"card:{asked.pk}"},
    )
    assert page.url is not None, "a new page has an address"
    AutoTopUp.objects.filter(pk=row.pk).update(setup_session=page.id)
    card_testing.opened(asked, page.id)
    return page.url


def note_card(workspace: Workspace) -> AutoTopUp | None:
    """Read from Stripe which card was saved; None where none was. A new card ends a pause."""
    row = AutoTopUp.objects.filter(workspace=workspace).exclude(setup_session="").first()
    if row is None:
        return None
    session = plain(
        client().v1.checkout.sessions.retrieve(row.setup_session, {"expand": ["setup_intent.payment_method"]})
    )
    method = (session.get("setup_intent") or {}).get("payment_method") or {}
    if session.get("status") != "complete" or not method:
        return None
    card = method.get("card") or {}
    PaymentPage.objects.filter(session=row.setup_session).update(done_at=timezone.now())
    row.payment_method, row.setup_session = method["id"], ""
    row.card = f"{str(card.get('brand', '')).capitalize()} {card.get('last4', '')}".strip()
    row.paused_at, row.paused_because = None, ""
    row.save(update_fields=["payment_method", "setup_session", "card", "paused_at", "paused_because"])
    return row


def due() -> list[uuid.UUID]:
    """Workspaces whose credits ran low, and those whose charge is without an answer."""
    now = timezone.now()
    rows = AutoTopUp.objects.filter(is_on=True, paused_at=None, workspace__suspended_at=None).filter(
        Q(busy_until=None) | Q(busy_until__lt=now)
    )
    low = rows.filter(workspace__wallet__available__lt=F("threshold"))
    unanswered = rows.filter(
        workspace__purchases__is_automatic=True, workspace__purchases__status=Purchase.Status.PENDING
    )
    return list((low | unanswered).values_list("pk", flat=True).distinct())


def run(workspace_id: uuid.UUID) -> Purchase | None:
    """Charge the saved card for the chosen pack, if that is due: the purchase, or None.

    One charge is in flight at a time: the lease lets one process in, and an unanswered charge is asked about again
    with its own idempotency key before another is made.
    """
    purchase = _claim(workspace_id)
    if purchase is None:
        return None
    row = AutoTopUp.objects.select_related("workspace").get(pk=workspace_id)
    try:
        intent = _charge(purchase, row)
    except stripe.CardError as declined:
        _decline(purchase, row, declined)
    except stripe.StripeError:
        logger.warning("No answer about the automatic purchase %s; asking again later", purchase.public_id)
        return purchase  # the lease runs out, and the same charge is asked about again
    else:
        fulfil.settle(Session.of_intent(intent))
    AutoTopUp.objects.filter(pk=workspace_id).update(busy_until=None)
    purchase.refresh_from_db()
    return purchase


def _claim(workspace_id: uuid.UUID) -> Purchase | None:
    """The purchase to charge for now, with the lease taken; None where nothing is due."""
    now = timezone.now()
    with transaction.atomic():
        row = (
            AutoTopUp.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk=workspace_id, is_on=True, paused_at=None, workspace__suspended_at=None)
            .select_related("workspace", "pack")
            .first()
        )
        if row is None or (row.busy_until is not None and row.busy_until > now):
            return None
        recent = Purchase.objects.filter(workspace=row.workspace, is_automatic=True, created_at__gt=now - DAY)
        purchase = recent.filter(
            status=Purchase.Status.PENDING, created_at__gt=now - KEY_LASTS
        ).first() or _order(row, recent.filter(status__in=COUNTED))
        if purchase is not None:
            row.busy_until = now + LEASE
            row.save(update_fields=["busy_until"])
        return purchase


def _order(row: AutoTopUp, recent: QuerySet[Purchase]) -> Purchase | None:
    offer = next((one for one in offers.of(row.workspace) if one.slug == row.pack_id), None)
    if (
        offer is None
        or balance.of(row.workspace).available >= row.threshold
        or recent.filter(status=Purchase.Status.PROCESSING).exists()
        or recent.count() >= row.per_day
    ):
        return None
    return Purchase.objects.create(
        workspace=row.workspace,
        created_by=row.consented_by,
        pack_slug=offer.slug,
        pack_name=offer.pack.name,
        credits=offer.credits,
        amount=offer.amount,
        currency=settings.CURRENCY,
        livemode=settings.STRIPE_LIVE_MODE,
        is_automatic=True,
    )


def _charge(purchase: Purchase, row: AutoTopUp) -> dict[str, object]:
    made = client().v1.payment_intents.create(
        {
            "amount": purchase.amount,
            "currency": purchase.currency,
            "customer": customers.of(row.workspace, None),
            "payment_method": row.payment_method,
            "off_session": True,
            "confirm": True,
            "description": f"{purchase.pack_name}: {purchase.credits:,} credits",
            "metadata": {"purchase": purchase.public_id},
        },
        {"idempotency_key": f"topup:{purchase.pk}"},
    )
    return plain(made)


def _decline(purchase: Purchase, row: AutoTopUp, declined: stripe.CardError) -> None:
    """The bank says no, or wants to see the payer: stop, and have it said by mail."""
    needs_payer = declined.code == "authentication_required"
    why = top_up_letters.NEEDS_PAYER if needs_payer else top_up_letters.DECLINED
    with transaction.atomic():
        Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.PENDING).update(
            status=Purchase.Status.FAILED
        )
        # By the pause, not by the purchase: the webhook about the same decline may have been quicker.
        is_paused_now = AutoTopUp.objects.filter(pk=row.pk, paused_at=None).update(
            paused_at=timezone.now(), paused_because=why.capitalize()
        )
        if is_paused_now:
            later.pause_letter(purchase.pk)
