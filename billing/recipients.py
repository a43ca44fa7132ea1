"""Recipients of mail about money."""

from accounts import recipients
from accounts.models import User, Workspace


def payers(workspace: Workspace, buyer: User | None = None) -> list[User]:
    """Return who is told about a workspace's money: the buyer, else its owners."""
    return [buyer] if buyer is not None and buyer.is_active else recipients.owners(workspace)
