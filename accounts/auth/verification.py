"""Setup of a user once their mailbox is verified."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.email_addresses import mailbox
from accounts.models import User
from accounts.sessions import device_cookie
from accounts.signals import email_verified
from accounts.workspaces import workspaces
from core.addresses import client_address


def set_up_user(user: User, *, request: HttpRequest | None = None) -> bool:
    """Give a verified user a workspace and signal the apps above, once; return True the first time.

    The row that says "done" is written by the same transaction, so calling this again after a crash, or twice
    at once, is safe.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, verified_at=None).update(verified_at=timezone.now()):
            return False
        user.refresh_from_db(fields=["verified_at"])
        workspace = workspaces.for_user(user, request=request)
        email_verified.send(
            User,
            user=user,
            workspace=workspace,
            mailbox=mailbox(user.email),
            address=client_address(request) if request else None,
            device=device_cookie.device_of(request) if request else "",
        )
    return True
