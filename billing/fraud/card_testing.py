"""Protection against card testing: few unpaid pages, and a pause once several cards were declined.

Everything is counted and decided under locks, always in the order workspace, person, network, so the limits are
exact at any concurrency.
"""

import datetime as dt
import logging
import uuid
from email.utils import parseaddr

import stripe
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace
from billing import locks
from billing.errors import CheckoutPaused, TooManyCheckouts
from billing.models import CheckoutPause, Decline, PaymentPage, Purchase
from billing.stripe.client import client
from billing.stripe.objects import DeclineFacts
from core import addresses, ids, jobs
from core.database import clock

logger = logging.getLogger(__name__)

HOUR, PAUSE = dt.timedelta(hours=1), dt.timedelta(hours=24)
UNPAID_AT_MOST = 5
"""Limit of a workspace's pages opened within the last hour and neither paid nor used to save a card."""
UNPAID_OF_A_PERSON = 10
"""The same by person, across all their workspaces."""
UNPAID_OF_A_NETWORK = 20
"""The same by network, which may be that of an office."""
DECLINES_AT_MOST = 5
"""Cards declined within an hour in a workspace at which it is paused. Honest people mistype twice."""
DECLINES_OF_A_PERSON, DECLINES_OF_A_NETWORK = 10, 20
"""Cards declined within an hour at which a person, or a network, may open no further page."""
PAID = (Purchase.Status.PAID, Purchase.Status.PROCESSING, Purchase.Status.REVIEW)


def open_page(
    workspace: Workspace, user: User | None, address: str | None, purchase: Purchase | None = None
) -> PaymentPage:
    """Record a page that is about to be opened.

    Call it in the transaction that makes the purchase, if there is one.

    Args:
        workspace: the buyer; its row is locked by this.
        user: the person who asks; None for a token.
        address: their IP address, if known; limits go by its network.
        purchase: what is paid on the page; None if a card is saved.

    Raises:
        CheckoutPaused, TooManyCheckouts: nothing was begun.
    """
    network = addresses.network(address)
    lock(workspace)
    refuse_paused(workspace)
    if user is not None:
        locks.person(user.pk)
    if network:
        locks.network(network)
    since = timezone.now() - HOUR
    unpaid = PaymentPage.objects.filter(created_at__gt=since, done_at=None).exclude(purchase__status__in=PAID)
    declines = Decline.objects.filter(created_at__gt=since)
    if unpaid.filter(workspace=workspace).count() >= UNPAID_AT_MOST:
        raise _too_many("Too many payments were started and not completed within an hour")
    if user is not None:
        _refuse_many(unpaid.filter(user=user), UNPAID_OF_A_PERSON)
        _refuse_many(declines.filter(page__user=user), DECLINES_OF_A_PERSON)
    if network:
        _refuse_many(unpaid.filter(network=network), UNPAID_OF_A_NETWORK)
        _refuse_many(declines.filter(page__network=network), DECLINES_OF_A_NETWORK)
    return PaymentPage.objects.create(workspace=workspace, user=user, network=network, purchase=purchase)


def record_opened(page: PaymentPage, session: str) -> None:
    """Store Stripe's name of a page, and close it again if the workspace was paused while it was opened."""
    PaymentPage.objects.filter(pk=page.pk).update(session=session)
    if active_pause(page.workspace):
        jobs.defer("billing.tasks.close_pages", workspace_id=str(page.workspace_id))


def record_decline(facts: DeclineFacts) -> CheckoutPause | None:
    """Count a card declined on a page of ours, once, and pause the workspace after too many.

    Returns:
        The pause that this began, if any.
    """
    page = _page(facts)
    if page is None:
        return None
    with transaction.atomic():
        lock(page.workspace)
        _, is_new = Decline.objects.get_or_create(
            pk=facts.id, defaults={"page": page, "workspace": page.workspace, "reason": facts.reason[:60]}
        )
        if not is_new or active_pause(page.workspace):
            return None
        now = clock.now()
        recent = Decline.objects.filter(workspace=page.workspace, created_at__gt=now - HOUR)
        lifted = page.workspace.checkout_pauses.exclude(lifted_at=None).order_by("-lifted_at").first()
        if lifted is not None and lifted.lifted_at is not None:
            recent = recent.filter(created_at__gt=lifted.lifted_at)
        declines = recent.count()
        if declines < DECLINES_AT_MOST:
            return None
        pause = CheckoutPause.objects.create(workspace=page.workspace, declines=declines, until=now + PAUSE)
        audit.record(
            "checkout.paused",
            workspace=page.workspace,
            target=page.workspace.public_id,
            detail={"declines": declines, "until": pause.until.isoformat()},
        )
        jobs.defer("billing.tasks.close_pages", workspace_id=str(page.workspace_id))
    return pause


def active_pause(workspace: Workspace) -> CheckoutPause | None:
    """Return the pause that keeps a workspace from buying now, if any."""
    return CheckoutPause.objects.filter(workspace=workspace, until__gt=Now(), lifted_at=None).first()


def refuse_paused(workspace: Workspace) -> None:
    """Refuse a workspace that is paused.

    Raises:
        CheckoutPaused: the sentence says until when, and what to do.
    """
    pause = active_pause(workspace)
    if pause is not None:
        wait = int((pause.until - clock.now()).total_seconds()) + 1
        raise CheckoutPaused(pause_sentence(pause), retry_after=wait)


def pause_sentence(pause: CheckoutPause) -> str:
    """Explain a pause to the customer."""
    mailbox = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return (
        f"Purchases are paused until {pause.until:%-d %B, %H:%M} UTC, because {pause.declines} card payments were "
        "declined within an hour. Nothing was charged. Ask your bank for the reason, or write to "
        f"{mailbox}: we can end the pause sooner."
    )


def lift(pause: CheckoutPause, *, by: User, reason: str) -> None:
    """End a pause; the declines before it no longer count."""
    with transaction.atomic():
        lock(pause.workspace)
        changed = CheckoutPause.objects.filter(pk=pause.pk, lifted_at=None).update(
            lifted_at=timezone.now(), lifted_by=by
        )
        if changed:
            audit.record(
                "checkout.resumed",
                workspace=pause.workspace,
                actor=by,
                target=pause.workspace.public_id,
                detail={"reason": reason},
            )


def close_pages(workspace_id: uuid.UUID) -> int:
    """Have Stripe close every page of a workspace that may still be open.

    Returns:
        The number of pages that were open.

    Raises:
        stripe.StripeError: Stripe does not answer; to be tried again.
    """
    closed = 0
    pages = PaymentPage.objects.filter(
        workspace=workspace_id, created_at__gt=timezone.now() - PAUSE, done_at=None, session__isnull=False
    ).exclude(purchase__status__in=(*PAID, Purchase.Status.EXPIRED))
    for page in pages:
        assert page.session is not None, "those without were left out"
        try:
            client().v1.checkout.sessions.expire(page.session)
            closed += 1
        except stripe.InvalidRequestError:
            logger.info("The page %s is not open any more", page.public_id)
    return closed


def lock(workspace: Workspace) -> None:
    """Serialize decisions about a workspace's pages until the transaction ends."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def _page(facts: DeclineFacts) -> PaymentPage | None:
    """Find the page on which a card was declined: the purchase's, or the one on which it was to be saved."""
    pages = PaymentPage.objects.select_related("workspace")
    if (purchase := ids.parse("pur", facts.purchase)) is not None:
        return pages.filter(purchase_id=purchase).first()
    if (page := ids.parse("pag", facts.page)) is not None:
        return pages.filter(pk=page).first()
    return None


def _refuse_many(rows: QuerySet[PaymentPage] | QuerySet[Decline], limit: int) -> None:
    if rows.count() >= limit:
        raise _too_many("Too many payments were started or declined from your network within an hour")


def _too_many(what: str) -> TooManyCheckouts:
    return TooManyCheckouts(
        f"{what}. Nothing was charged; complete an open one, or try again in an hour.",
        retry_after=int(HOUR.total_seconds()),
    )
