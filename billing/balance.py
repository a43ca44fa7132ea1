"""A workspace's balances, to be shown."""

from dataclasses import dataclass

from accounts.models import Workspace
from billing.models.ledger import Wallet


@dataclass(frozen=True, slots=True)
class Balance:
    """Credits a workspace can spend, has set aside for work under way, and owes."""

    available: int = 0
    held: int = 0
    debt: int = 0


def of(workspace: Workspace) -> Balance:
    """The workspace's balances now. No decision may rest on them: spending is decided by `ledger.hold` alone."""
    wallet = Wallet.objects.filter(workspace=workspace).first()
    return Balance(wallet.available, wallet.held, wallet.debt) if wallet else Balance()
