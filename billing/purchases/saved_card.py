"""The card that auto top-up charges: saved on Stripe's page, stored when Stripe or the browser reports it."""

import uuid
from collections.abc import Mapping
from typing import Any

import stripe
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User, Workspace
from billing.errors import TopUpRefused
from billing.fraud import card_testing
from billing.models import AutoTopUp, PauseKind, PaymentPage
from billing.plans import offers
from billing.purchases import auto_top_up_pause
from billing.stripe import customers
from billing.stripe.client import client, to_plain_dict
from core import ids


def start_setup(workspace: Workspace, user: User, address: str | None = None) -> str:
    """Open Stripe's page for saving a card, and return its address. Nothing is charged there.

    Raises:
        TopUpRefused, TooManyCheckouts, CheckoutPaused: no page was opened.
    """
    fallback = next(iter(offers.for_workspace(workspace)), None)
    if fallback is None:
        raise TopUpRefused("No packs are on sale right now.")
    row, _ = AutoTopUp.objects.get_or_create(workspace=workspace, defaults={"pack": fallback.pack})
    with transaction.atomic():
        asked = card_testing.open_page(workspace, user, address)
    page = customers.call_with_customer(workspace, user, lambda customer: _open(asked, customer))
    assert page.url is not None, "a new page has an address"
    AutoTopUp.objects.filter(pk=row.pk).update(setup_session=page.id)
    card_testing.record_opened(asked, page.id)
    return page.url


def _open(asked: PaymentPage, customer: str) -> stripe.checkout.Session:
    return client().v1.checkout.sessions.create(
        {
            "mode": "setup",
            # Other methods, which Stripe would offer too, take days to say whether they pay.
            "payment_method_types": ["card"],
            "customer": customer,
            "metadata": {"workspace": asked.workspace.public_id, "page": asked.public_id},
            "setup_intent_data": {"metadata": {"page": asked.public_id}},
            "success_url": f"{settings.BASE_URL}/billing/top-up/saved",
            "cancel_url": f"{settings.BASE_URL}/billing",
        },
        {"idempotency_key": f"card:{asked.pk}:{customer}"},
    )


def finish_setup(workspace: Workspace) -> AutoTopUp | None:
    """Read which card was saved, once the browser is back from Stripe's page.

    Returns:
        None if no card was saved.
    """
    row = AutoTopUp.objects.filter(workspace=workspace).first()
    if row is not None and row.setup_session:
        record_card(row.setup_session)
        row.refresh_from_db()
    return row if row is not None and row.payment_method and not row.setup_session else None


def record_card(session_id: str) -> None:
    """Store the card that was saved on a page, once. A new card ends a pause that was about the card.

    The page is known by the session's metadata, so it does not matter who reports it: the returning browser or
    Stripe's webhook. Of several pages the one opened last counts, in whatever order they are reported.
    """
    session = to_plain_dict(
        client().v1.checkout.sessions.retrieve(session_id, {"expand": ["setup_intent.payment_method"]})
    )
    method = (session.get("setup_intent") or {}).get("payment_method") or {}
    if session.get("status") != "complete" or method.get("type") != "card":
        return
    metadata = session.get("metadata") or {}
    workspace = ids.parse("wsp", metadata.get("workspace") or "")
    pages = PaymentPage.objects.filter(purchase=None, workspace=workspace)
    ours = Q(pk=ids.parse("pag", metadata.get("page") or "")) | Q(session=session_id)
    with transaction.atomic():
        row = AutoTopUp.objects.select_for_update(no_key=True).filter(pk=workspace).first()
        page = pages.filter(ours, done_at=None).first()
        if row is None or page is None:
            return
        page.done_at = timezone.now()
        page.save(update_fields=["done_at"])
        if not pages.filter(created_at__gt=page.created_at, done_at__isnull=False).exists():
            _keep(row, session_id, method)


def _keep(row: AutoTopUp, session_id: str, method: Mapping[str, Any]) -> None:
    card = method.get("card") or {}
    row.payment_method, row.resumed_at, row.tries = method["id"], timezone.now(), 0
    row.card = f"{str(card.get('brand', '')).capitalize()} {card.get('last4', '')}".strip()
    if row.setup_session == session_id:
        row.setup_session = ""
    if PauseKind(row.paused_kind).is_about_the_card:
        row.paused_at, row.paused_because = None, ""
    row.save()


def handle_refusal(intent: Mapping[str, Any]) -> None:
    """Pause auto top-up if its saved card turned out not to work after all."""
    method = (intent.get("last_setup_error") or {}).get("payment_method") or {}
    for workspace_id in _saved_as(method.get("id") or ""):
        auto_top_up_pause.pause(workspace_id, PauseKind.CARD_GONE)


def handle_detached(method: str) -> None:
    """Pause auto top-up whose saved card was detached at Stripe, by hand or with its customer."""
    for workspace_id in _saved_as(method):
        auto_top_up_pause.pause(workspace_id, PauseKind.CARD_GONE)


def _saved_as(method: str) -> list[uuid.UUID]:
    return (
        list(AutoTopUp.objects.filter(payment_method=method).values_list("pk", flat=True)) if method else []
    )
