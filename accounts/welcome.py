"""Setup of a user once their mailbox is verified."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import same_device, workspaces
from accounts.addresses import client_address, mailbox
from accounts.models import User
from accounts.signals import email_verified


def welcome(user: User, *, request: HttpRequest | None = None) -> bool:
    """Give a verified user a workspace and signal the apps above, once; return True the first time.

    The row that says "done" is written by the same transaction, so calling this again after a crash, or twice
    at once, is safe.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, verified_at=None).update(verified_at=timezone.now()):
            return False
        user.refresh_from_db(fields=["verified_at"])
        workspace = workspaces.of(user, request=request)
        email_verified.send(
            User,
            user=user,
            workspace=workspace,
            mailbox=mailbox(user.email),
            address=client_address(request) if request else None,
            device=same_device.of(request) if request else "",
        )
    return True
