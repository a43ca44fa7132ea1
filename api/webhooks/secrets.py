"""Secrets that sign deliveries: an endpoint's own, and the workspace's for addresses that orders brought."""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User, Workspace
from api.models import SigningSecret, WorkspaceSecret
from api.webhooks import signing
from core import encryption

OVERLAP: Final = timedelta(hours=24)
"""How long the former secret signs beside a new one."""


def valid(holder: SigningSecret) -> list[str]:
    """Return the secrets that are good now, the newest first.

    Raises:
        NotDecryptableError: no key of ours decrypts the newest.
    """
    found = [encryption.decrypt(holder.secret)]
    if holder.former_secret and holder.former_until and holder.former_until > timezone.now():
        # Without it the newer one still signs.
        with suppress(encryption.NotDecryptableError):
            found.append(encryption.decrypt(holder.former_secret))
    return found


def replace(holder: SigningSecret) -> str:
    """Give a holder, whose row is locked, a new secret, and return it; the former one signs beside it for 24 hours."""
    secret = signing.new_secret()
    holder.former_secret, holder.former_until = holder.secret, timezone.now() + OVERLAP
    holder.secret = encryption.encrypt(secret)
    holder.save(update_fields=["secret", "former_secret", "former_until"])
    return secret


def of_workspace(workspace: uuid.UUID, *, is_test: bool) -> list[str]:
    """Return the workspace's secrets that are good now, the newest first; the first time, one is made.

    Nobody has seen that one: whoever wants to verify with it makes a new one, which is shown.

    Raises:
        NotDecryptableError: no key of ours decrypts the newest.
    """
    made = {"secret": encryption.encrypt(signing.new_secret())}
    holder, _ = WorkspaceSecret.objects.get_or_create(made, workspace_id=workspace, is_test=is_test)
    return valid(holder)


def renew_of_workspace(
    workspace: Workspace, by: User | None, *, is_test: bool
) -> tuple[str, datetime | None]:
    """Make a new secret of the workspace.

    Returns:
        The secret, which is not shown again, and until when the former one signs beside it; None if there was none.
    """
    with transaction.atomic():
        first = signing.new_secret()
        holder, is_new = WorkspaceSecret.objects.select_for_update(no_key=True).get_or_create(
            {"secret": encryption.encrypt(first)}, workspace=workspace, is_test=is_test
        )
        secret = first if is_new else replace(holder)
        audit.record(
            "webhook_secret.rotated", workspace=workspace, actor=by, target="test" if is_test else "live"
        )
    return secret, holder.former_until
