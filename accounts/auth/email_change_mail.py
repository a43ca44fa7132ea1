"""Mails about an address change, to the old and the new address."""

import uuid

from django.conf import settings
from django.urls import reverse

from accounts.models import AddressChange
from core import mail

CHANGED = mail.Letter(
    "Your address was changed",
    "Your address was changed",
    "You now sign in with {to_email}; {email} no longer opens your account. Was it you? Then there is nothing to do.",
    label="It was not me: undo it",
    href="{link}",
    note="Done at {time} UTC by {made_by}. The link works once, until {until} UTC. It puts this address back, signs out every "
    "browser, removes the password, and ends what was made since: passkeys, tokens, invitations, and members who came by one.",
)
UNDONE = mail.Letter(
    "Your address was put back",
    "Your address was put back",
    "You sign in with {from_email} again; {email} no longer opens your account. Whoever reads mail at {from_email} undid the change.",
    note="Every browser was signed out. Was it not you? Write to us at once.",
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
