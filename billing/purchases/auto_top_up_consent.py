"""Consent to auto top-up: set by a workspace's owner, compared with what is on sale, and used to buy."""

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace
from billing import sql
from billing.errors import TopUpRefused
from billing.models import AutoTopUp, PauseKind, Purchase
from billing.models.top_up import MAX_PER_DAY
from billing.plans import offers
from billing.plans.offers import Offer, Terms
from core import ids
from core.wording import in_words, money

THRESHOLDS = (50, 100, 200, 500, 1_000, 2_000)


def agree(
    workspace: Workspace, user: User, *, on: bool, threshold: int, shown: Terms | None, per_day: int
) -> AutoTopUp:
    """Set auto top-up.

    Switching it on is the consent to be charged, so who agreed, when and to what is stored.

    Args:
        workspace: the workspace to buy for.
        user: the person who agrees, or switches it off.
        on: whether to buy.
        threshold: credits below which to buy.
        shown: the pack, its credits and its price as the person saw them.
        per_day: largest number of purchases in 24 hours.

    Raises:
        TopUpRefused: no card is saved yet, or the choice is not, or no longer, on offer. Nothing was changed.
    """
    offer = _on_offer(workspace, shown.pack) if shown else None
    if threshold not in THRESHOLDS or not 1 <= per_day <= MAX_PER_DAY or (offer is None and on):
        raise TopUpRefused("That can't be chosen for auto top-up. Nothing was changed.")
    if on and offer is not None and offer.terms != shown:
        raise TopUpRefused(
            f"{offer.pack.name} has changed since you opened the page: {_words(offer.terms)}. Nothing was changed; "
            "look at it and choose again."
        )
    with transaction.atomic():
        row = _locked(workspace, offer)
        if on and not row.payment_method:
            raise TopUpRefused("Save a card first, then turn on auto top-up. Nothing was charged.")
        row.threshold, row.per_day, row.is_on = threshold, per_day, on
        if offer is not None:
            row.pack = offer.pack
        if on and offer is not None:
            now = timezone.now()
            row.agreed_credits, row.agreed_amount = offer.credits, offer.amount
            row.consented_by, row.consented_at, row.resumed_at = user, now, now
            row.paused_at, row.paused_because, row.tries = None, "", 0
        row.save()
        audit.record(
            "top_up.chosen",
            workspace=workspace,
            actor=user,
            detail={
                "on": on,
                "threshold": threshold,
                "pack": row.pack_id,
                "per_day": per_day,
                "price": row.agreed_amount,
                "credits": row.agreed_credits,
            },
        )
    return row


def agreed_terms(row: AutoTopUp) -> Terms | None:
    """Return the terms agreed to; None if they were not recorded."""
    if row.agreed_credits is None or row.agreed_amount is None:
        return None
    return Terms(row.pack_id, row.agreed_credits, row.agreed_amount)


def covers(row: AutoTopUp, purchase: Purchase) -> bool:
    """Return whether a purchase may be charged now: auto top-up is on, not paused, and the consent covers it."""
    terms, asked = agreed_terms(row), Terms(purchase.pack_slug, purchase.credits, purchase.amount)
    return row.is_on and row.paused_at is None and terms is not None and terms.covers(asked)


def objection(row: AutoTopUp) -> tuple[PauseKind, str] | None:
    """Explain why nothing can be bought without new consent.

    A lower price is no reason: it is charged, and what was agreed to stays as it was.

    Returns:
        The kind and the words; None if the consent covers today's offer.
    """
    offer, terms = _on_offer(row.workspace, row.pack_id), agreed_terms(row)
    if offer is None:
        return PauseKind.NOT_SOLD, f"{row.pack.name} is no longer on sale"
    if terms is not None and terms.covers(offer.terms):
        return None
    before = (
        f", and you agreed to {_words(terms)}"
        if terms
        else ", and its price was not written down when you agreed"
    )
    return PauseKind.DEARER, f"{row.pack.name} is {_words(offer.terms)} now{before}"


def order_agreed(row: AutoTopUp) -> Purchase | None:
    """Create the purchase agreed to, at today's price.

    Returns:
        None if the consent does not cover it.
    """
    offer = _on_offer(row.workspace, row.pack_id)
    return create_purchase(row, offer) if offer else None


def create_purchase(row: AutoTopUp, offer: Offer) -> Purchase | None:
    """Create the purchase of an offer by one statement that reads the consent.

    Returns:
        None if the consent does not cover it.
    """
    pk = ids.new()
    with connection.cursor() as cursor:
        cursor.execute(
            sql.read("agreed_purchase"),
            {
                "id": pk,
                "workspace": row.pk,
                "pack": offer.slug,
                "name": offer.pack.name,
                "credits": offer.credits,
                "amount": offer.amount,
                "currency": settings.CURRENCY,
                "livemode": settings.STRIPE_LIVE_MODE,
                "key": f"topup:{pk}",
                "now": timezone.now(),
            },
        )
        return Purchase.objects.get(pk=pk) if cursor.rowcount else None


def _on_offer(workspace: Workspace, pack: str) -> Offer | None:
    return next((one for one in offers.for_workspace(workspace) if one.slug == pack), None)


def _locked(workspace: Workspace, offer: Offer | None) -> AutoTopUp:
    rows = AutoTopUp.objects.select_for_update(no_key=True)
    if offer is not None:
        return rows.get_or_create(workspace=workspace, defaults={"pack": offer.pack})[0]
    row = rows.filter(workspace=workspace).first()
    if row is None:
        raise TopUpRefused("That can't be chosen for auto top-up. Nothing was changed.")
    return row


def _words(terms: Terms) -> str:
    """Format terms, for example "400 credits for $10.00"."""
    return f"{in_words(terms.credits)} for {money(terms.amount, settings.CURRENCY)}"
