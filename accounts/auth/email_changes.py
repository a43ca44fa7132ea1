"""Changes of an account's address, which the holder of the previous mailbox can undo for seven days.

A code that goes to the new address proves nothing about who requested the change. So the old address is told
at once, and its link restores everything: the address, the sessions, and what the same person created since.
"""

from datetime import UTC, datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.auth import reauthentication
from accounts.models import AddressChange, User
from accounts.models.address_change import UNDO_PERIOD
from accounts.sessions import revocation
from accounts.sessions.user_agents import describe
from core import jobs
from core.addresses import client_address
from core.errors import Refusal


class AddressRefused(Refusal):
    """The address can't be assigned or restored."""

    code = "address_refused"
    status = 409


def is_address_of(user: User, email: str) -> bool:
    """Return whether mail to this address reaches the account."""
    return user.email == email.lower() or EmailAddress.objects.filter(user=user, email=email.lower()).exists()


def is_reserved(email: str, *, but_for: User | None = None) -> bool:
    """Return whether a change away from this address can still be undone, so that nobody else may have it."""
    found = AddressChange.objects.filter(
        old_email=email.lower(), closed_at=None, created_at__gt=timezone.now() - UNDO_PERIOD
    )
    return (found.exclude(user=but_for) if but_for else found).exists()


def is_taken(user: User, email: str) -> bool:
    """Return whether somebody else has this address or may still restore it."""
    others = User.objects.filter(email=email).exclude(pk=user.pk).exists()
    verified = EmailAddress.objects.filter(email=email, verified=True).exclude(user=user).exists()
    return others or verified or is_reserved(email, but_for=user)


def record_change(
    user: User, old: str, new: str, *, request: HttpRequest, operator: User | None = None
) -> None:
    """Record the previous address inside the transaction that changes it, and have it notified at once."""
    change = AddressChange.objects.create(
        user=user,
        old_email=old,
        new_email=new,
        made_by="our staff" if operator else _who(request),
        proved_at=timezone.now()
        if operator
        else datetime.fromtimestamp(reauthentication.fresh_since(request), UTC),
    )
    audit.record(
        "user.address_changed",
        actor=operator or user,
        target=user.public_id,
        detail={"change": change.public_id},
        request=request,
    )
    jobs.defer("accounts.tasks.tell_of_address_change", change_id=str(change.pk))


def replace(user: User, new: str, *, operator: User, request: HttpRequest) -> None:
    """Assign another address without a code, because an operator vouches for it.

    Raises:
        AddressRefused: somebody else has it or may still restore it.
    """
    new = new.lower()
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _refuse_taken(user, new)
        old = user.email
        _set(user, new)
        record_change(user, old, new, request=request, operator=operator)


def undo(change: AddressChange, *, request: HttpRequest) -> None:
    """Restore the old address, once, and shut out whoever signed in since.

    This ends all sessions, the password, the links of later changes, and everything created since the change
    or under the proof that authorized it: see `accounts.sessions.revocation`. Earlier ways to sign in stay, a second
    factor among them.

    Raises:
        AddressRefused: it was undone already, or somebody else has the address.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=change.user_id)
        closed = AddressChange.objects.filter(user=user, created_at__gte=change.created_at, closed_at=None)
        if not closed.filter(pk=change.pk).exists():
            raise AddressRefused("This link has already been used. Nothing was changed.")
        _refuse_taken(user, change.old_email)
        closed.update(closed_at=timezone.now())
        _set(user, change.old_email)
        # This ends every session, too.
        user.set_unusable_password()
        user.save(update_fields=["password"])
        UserSession.objects.filter(user=user).delete()
        audit.record(
            "user.address_change_undone",
            actor=user,
            target=user.public_id,
            detail={
                "change": change.public_id,
                **revocation.revoke_since(user, change.proved_at, request=request),
            },
            request=request,
        )
        jobs.defer("accounts.tasks.tell_of_undoing", change_id=str(change.pk))


def _set(user: User, email: str) -> None:
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    user.email = email
    user.save(update_fields=["email"])


def _refuse_taken(user: User, email: str) -> None:
    if is_taken(user, email):
        raise AddressRefused(
            "Another account now uses this address. Nothing was changed; please write to us."
        )


def _who(request: HttpRequest) -> str:
    device = describe(request.headers.get("User-Agent", "")).name
    return f"{device}, address {client_address(request) or 'unknown'}"
