"""A workspace's balances, for display."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from billing.models import Purchase
from billing.models.balance_alert import DEFAULT
from billing.models.ledger import Wallet


@dataclass(frozen=True, slots=True)
class Balance:
    """Credits that a workspace can spend, holds for work under way, and owes."""

    available: int = 0
    held: int = 0
    debt: int = 0


@dataclass(frozen=True, slots=True)
class DisplayedBalance(Balance):
    """Balances, and whether pages warn that they are low: below the workspace's threshold, if it ever bought."""

    is_low: bool = False


def for_workspace(workspace: Workspace) -> Balance:
    """Return the workspace's balances now.

    No decision may rest on them: spending is decided by `ledger.hold` alone.
    """
    wallet = Wallet.objects.filter(workspace=workspace).first()
    return Balance(wallet.available, wallet.held, wallet.debt) if wallet else Balance()


def displayed_balance(workspace: Workspace) -> DisplayedBalance:
    """Return the balances with what pages say about them, in one query."""
    bought = Purchase.objects.filter(workspace=OuterRef("workspace"), status=Purchase.Status.PAID)
    wallet = (
        Wallet.objects.filter(workspace=workspace)
        .annotate(
            below=Coalesce("workspace__balance_alert__shown_below", Value(DEFAULT)), has_bought=Exists(bought)
        )
        .first()
    )
    if wallet is None:
        return DisplayedBalance()
    is_low = wallet.has_bought and wallet.available < wallet.below
    return DisplayedBalance(wallet.available, wallet.held, wallet.debt, is_low)
