"""Mail: one job for each letter and person, put off by the transaction that makes it due, sent outside of any.

A letter that is due and its jobs are one commit, so none is forgotten and none tells of what was rolled back. Each
job writes to one person: an address that the mail server refuses harms nobody else. A job ends after its mail was
taken; whoever dies in between sends it again, under the same Message-ID, by which most mailboxes show it once. Twice is
better than not at all for all that we write: receipts, warnings, decisions.
"""

import logging
import smtplib
import uuid
from collections.abc import Callable, Iterable

from django.core.mail import EmailMessage
from django.core.mail.utils import DNS_NAME
from django.db import transaction

from accounts import ids
from accounts.models import User
from core import jobs

_log = logging.getLogger(__name__)

SEND = "accounts.tasks.send_letter"
FOR_GOOD = 500
"""SMTP's codes from here on say that trying again is of no use (RFC 5321, 4.2.1)."""

type Write = Callable[..., EmailMessage | None]
"""Writes a letter to a person, `write(person, **about)`; None where it would no longer be true."""

_writers: dict[str, Write] = {}


class MailInTransactionError(RuntimeError):
    """A mail was about to be sent inside a transaction, whose locks would wait for the mail server; `post` it."""


def register(kind: str, write: Write) -> None:
    """Say who writes the letters of a kind."""
    _writers[kind] = write


def post(kind: str, people: Iterable[User], /, **about: str) -> int:
    """Have a letter written to each of these people once the caller's transaction has committed; how many.

    Args:
        kind: as it was registered.
        people: each gets a job, and a mail, by themselves.
        about: what the letter is about: ids, since they stand in the database as plain JSON.
    """
    letters = [
        {"letter": str(ids.new()), "kind": kind, "to": str(person.pk), "about": about} for person in people
    ]
    jobs.defer_all(SEND, letters)
    return len(letters)


def send(letter: str, kind: str, to: str, about: dict[str, str]) -> None:
    """Write a letter that was posted, and send it.

    Raises:
        OSError: the mail server does not take it now; to be tried again.
    """
    person = User.objects.filter(pk=uuid.UUID(to), is_active=True).first()
    message = _writers[kind](person, **about) if person else None
    if person is None or message is None:
        return
    message.extra_headers["Message-ID"] = f"<{letter}@{DNS_NAME}>"
    try:
        deliver(message)
    except smtplib.SMTPRecipientsRefused as refused:
        if any(code < FOR_GOOD for code, _ in refused.recipients.values()):
            raise
        _log.warning("The mail server refuses the address of %s for good: no %s", person.public_id, kind)


def deliver(message: EmailMessage) -> None:
    """Hand a mail to the mail server; the only place that does.

    Raises:
        MailInTransactionError: there is one around us.
        OSError: the mail server does not take it (`smtplib.SMTPException` is one).
    """
    try:
        with transaction.atomic(durable=True):  # Django lets none begin within another one
            pass
    except RuntimeError as error:
        raise MailInTransactionError(MailInTransactionError.__doc__) from error
    message.send()
