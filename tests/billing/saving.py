"""Auto top-up, as an owner sets it up."""

from typing import Any

from accounts.models import User, Workspace
from billing import consent, offers, saved_card
from billing.models import AutoTopUp
from billing.offers import Terms


def shown(workspace: Workspace, pack: str = "starter") -> Terms:
    """A pack as the page shows it now."""
    return next(offer.terms for offer in offers.of(workspace) if offer.slug == pack)


def choose(workspace: Workspace, user: User, **change: Any) -> AutoTopUp:
    """Switch it on: below 100 credits it buys the Starter pack, twice a day."""
    if "shown" not in change:
        change["shown"] = shown(workspace)
    return consent.choose(workspace, user, **({"on": True, "threshold": 100, "per_day": 2} | change))


def save_card(workspace: Workspace, user: User, stripe: Any) -> AutoTopUp:
    """Save a card on Stripe's page, and come back."""
    saved_card.ask(workspace, user)
    row = AutoTopUp.objects.get(workspace=workspace)
    stripe.do(f"sessions/{row.setup_session}/pay")
    saved = saved_card.returned(workspace)
    assert saved is not None
    return saved
