"""Free credits for somebody new."""

import hashlib

from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from billing import ledger
from billing.errors import LedgerConflict

CREDITS = 5


def welcome(user: User, workspace: Workspace, mailbox: str) -> bool:
    """Give a person's first workspace the free credits: True if they were given now.

    The natural key is the mailbox behind the address, however it is spelled, so a person gets them once.
    """
    digest = hashlib.sha256(mailbox.encode()).hexdigest()[:32]
    try:
        with transaction.atomic():
            return ledger.grant(
                workspace,
                CREDITS,
                key=f"signup:{digest}",
                reference=f"user:{user.pk}",
                reason="Welcome credits",
                actor=user,
            )
    except (LedgerConflict, IntegrityError):
        # This mailbox had them in another workspace, perhaps in this very moment.
        return False
