"""Auto top-up, as an owner sets it up."""

from typing import Any

from accounts.models import User, Workspace
from billing.models import AutoTopUp
from billing.plans import offers
from billing.plans.offers import Terms
from billing.purchases import auto_top_up_consent, saved_card


def shown(workspace: Workspace, pack: str = "starter") -> Terms:
    """A pack as the page shows it now."""
    return next(offer.terms for offer in offers.for_workspace(workspace) if offer.slug == pack)


def choose(workspace: Workspace, user: User, **change: Any) -> AutoTopUp:
    """Switch it on: below 100 credits it buys the Starter pack, twice a day."""
    if "shown" not in change:
        change["shown"] = shown(workspace)
    return auto_top_up_consent.agree(
        workspace, user, **({"on": True, "threshold": 100, "per_day": 2} | change)
    )


def save_card(workspace: Workspace, user: User, stripe: Any) -> AutoTopUp:
    """Save a card on Stripe's page, and come back."""
    saved_card.start_setup(workspace, user)
    row = AutoTopUp.objects.get(workspace=workspace)
    stripe.do(f"sessions/{row.setup_session}/pay")
    saved = saved_card.finish_setup(workspace)
    assert saved is not None
    return saved
