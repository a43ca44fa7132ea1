"""Another address for an account, and back: whoever holds the mailbox before can undo it for seven days.

A code that goes to the new address proves nothing about who asks. So the old address hears of it at once, and its
link puts everything back: the address, who is signed in, and what the same hands made since.
"""

from datetime import UTC, datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, proof, shut_out
from accounts.addresses import client_address
from accounts.devices import describe
from accounts.errors import Refusal
from accounts.models import AddressChange, User
from accounts.models.address_change import UNDONE_WITHIN
from core import jobs


class AddressRefused(Refusal):
    """An address can't be given or put back like this."""

    code = "address_refused"
    status = 409


def is_address_of(user: User, email: str) -> bool:
    """Whether mail to this address is the account's."""
    return user.email == email.lower() or EmailAddress.objects.filter(user=user, email=email.lower()).exists()


def is_reserved(email: str, *, but_for: User | None = None) -> bool:
    """Whether a change away from this address can still be undone, so that nobody else may have it."""
    found = AddressChange.objects.filter(
        old_email=email.lower(), closed_at=None, created_at__gt=timezone.now() - UNDONE_WITHIN
    )
    return (found.exclude(user=but_for) if but_for else found).exists()


def is_taken(user: User, email: str) -> bool:
    """Whether somebody else has this address, or may come back to it."""
    others = User.objects.filter(email=email).exclude(pk=user.pk).exists()
    verified = EmailAddress.objects.filter(email=email, verified=True).exclude(user=user).exists()
    return others or verified or is_reserved(email, but_for=user)


def note(user: User, old: str, new: str, *, request: HttpRequest, operator: User | None = None) -> None:
    """Keep what the address was, inside the transaction that changed it, and have the old one told at once."""
    change = AddressChange.objects.create(
        user=user,
        old_email=old,
        new_email=new,
        made_by="our staff" if operator else _who(request),
        proved_at=timezone.now() if operator else datetime.fromtimestamp(proof.began(request), UTC),
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
    """Give somebody another address that needs no code, because an operator vouches for it.

    Raises:
        AddressRefused: somebody else has it, or may come back to it.
    """
    new = new.lower()
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _refuse_taken(user, new)
        old = user.email
        _set(user, new)
        note(user, old, new, request=request, operator=operator)


def undo(change: AddressChange, *, request: HttpRequest) -> None:
    """Put the old address back, once, and shut out whoever came in since.

    Ended are all sessions, the password, the links of later changes, and whatever was made since the change or under the
    proof that it was made with: see `accounts.shut_out`. Ways to sign in from before stay, a second factor among them.

    Raises:
        AddressRefused: it was undone already, or somebody else has the address.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=change.user_id)
        closed = AddressChange.objects.filter(user=user, created_at__gte=change.created_at, closed_at=None)
        if not closed.filter(pk=change.pk).exists():
            raise AddressRefused("This link was used already. Nothing was changed.")
        _refuse_taken(user, change.old_email)
        closed.update(closed_at=timezone.now())
        _set(user, change.old_email)
        user.set_unusable_password()  # which ends every session, too
        user.save(update_fields=["password"])
        UserSession.objects.filter(user=user).delete()
        audit.record(
            "user.address_change_undone",
            actor=user,
            target=user.public_id,
            detail={"change": change.public_id, **shut_out.since(user, change.proved_at, request=request)},
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
        raise AddressRefused("Another account has this address. Nothing was changed; please write to us.")


def _who(request: HttpRequest) -> str:
    device = describe(request.headers.get("User-Agent", "")).name
    return f"{device}, address {client_address(request) or 'unknown'}"
