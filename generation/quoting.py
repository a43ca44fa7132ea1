"""What an order would cost a workspace, without ordering it."""

from accounts.models import Workspace
from generation import catalogue, pricing
from generation.inputs import resolve
from generation.order import Order, check
from generation.pricing import Quote


def quote_for(workspace: Workspace, order: Order, *, is_test: bool = False) -> Quote:
    """The price that `submit` would hold for the same order now.

    Raises:
        Refusal: whatever `submit` would refuse, but for the balance.
    """
    model = catalogue.choose(workspace, order.model)
    tier = catalogue.tier_of(workspace)
    checked = check(order, model, max_images=tier.images_per_request)
    resolve(workspace, checked)
    quote = pricing.quote(model, checked, catalogue.load().prices_of(model, tier))
    return pricing.free(quote) if is_test else quote
