"""The price of an order for a workspace, without placing it."""

from accounts.models import Workspace
from generation.freezing import Desk
from generation.order import Order
from generation.pricing import Quote


def quote_for(workspace: Workspace, order: Order, *, is_test: bool = False) -> Quote:
    """Return the price that `submit` would hold for the same order now.

    Raises:
        Refusal: whatever `submit` would refuse, apart from the balance.
    """
    return Desk(workspace).prepare(order, is_test=is_test).quote
