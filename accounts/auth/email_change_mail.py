"""Mails about an address change, to the old and the new address."""

import uuid

from django.conf import settings
from django.urls import reverse

from accounts.models import AddressChange
from core import mail

CHANGED = mail.Letter(
    "Your email address was changed",
    "Your email address was changed",
    "You now sign in with {to_email}; {email} no longer opens your account. If this was you, there is nothing to do.",
    label="This wasn't me: undo it",
    href="{link}",
    note="Changed at {time} UTC by {made_by}. The link works once, until {until} UTC. It restores this address, signs out every "
    "browser, removes the password, and revokes what was added since: passkeys, tokens, invitations, and members who joined through one.",
)
UNDONE = mail.Letter(
    "Your email address was restored",
    "Your email address was restored",
    "You sign in with {from_email} again; {email} no longer opens your account. The change was undone from a link sent to {from_email}.",
    note="Every browser was signed out. If this wasn't you, write to us right away.",
)


def tell_of_change(change_id: uuid.UUID) -> None:
    """Tell the previous address of the change and how to undo it.

    Raises:
        OSError: the mail server does not take it.
    """
    change = AddressChange.objects.get(pk=change_id)
    if change.closed_at is None:
        mail.send_now(
            CHANGED,
            change.old_email,
            {
                "to_email": change.new_email,
                "link": settings.BASE_URL + reverse("address_undo_link", args=[change.secret]),
                "time": f"{change.created_at:%H:%M}",
                "until": f"{change.ends_at:%-d %B %Y, %H:%M}",
                "made_by": change.made_by,
            },
        )


def tell_of_undoing(change_id: uuid.UUID) -> None:
    """Tell the new address that the change was undone.

    Raises:
        OSError: the mail server does not take it.
    """
    change = AddressChange.objects.get(pk=change_id)
    mail.send_now(UNDONE, change.new_email, {"from_email": change.old_email})
