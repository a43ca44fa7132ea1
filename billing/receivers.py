"""News that billing waits for: from accounts, and from Stripe through dj-stripe."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User, Workspace
from accounts.signals import email_verified
from billing.welcome import welcome


@receiver(email_verified)
def on_email_verified(
    sender: type[User], user: User, workspace: Workspace, mailbox: str, **kwargs: Any
) -> None:
    """Somebody new has shown that the mailbox is theirs."""
    welcome(user, workspace, mailbox)
