"""Mail: one job for each message and person, queued by the transaction that makes it due, sent outside of any.

A due message and its jobs are one commit, so none is forgotten and none tells of what was rolled back. Each
job writes to one person: an address that the mail server refuses harms nobody else. A job ends after its mail
was accepted; a worker that dies in between sends it again, under the same Message-ID, by which most mailboxes
show it once. Twice is better than not at all for all that we send: receipts, warnings, decisions.
"""

import logging
import smtplib
import uuid
from collections.abc import Callable, Iterable

from django.core.mail import EmailMessage
from django.core.mail.utils import DNS_NAME
from django.db import transaction

from accounts import ids, jobs
from accounts.models import User

_log = logging.getLogger(__name__)

SEND = jobs.Named("accounts.tasks.send_letter", "mail")
FOR_GOOD = 500
"""SMTP codes from here on are permanent failures (RFC 5321, 4.2.1)."""

type Write = Callable[..., EmailMessage | None]
"""Writes a message to a person, `write(person, **about)`; None if it would no longer be true."""

_writers: dict[str, Write] = {}


class MailInTransactionError(RuntimeError):
    """A mail was about to be sent inside a transaction, whose locks would wait for the mail server; `post` it."""


def register(kind: str, write: Write) -> None:
    """Register the function that writes messages of a kind."""
    _writers[kind] = write


def post(kind: str, people: Iterable[User], /, **about: str) -> int:
    """Queue a message to each of these people for when the caller's transaction has committed.

    Args:
        kind: as it was registered.
        people: each gets a job, and a mail, of their own.
        about: what the message is about: ids, since they are stored as plain JSON.

    Returns:
        The number of messages.
    """
    letters = [
        {"letter": str(ids.new()), "kind": kind, "to": str(person.pk), "about": about} for person in people
    ]
    jobs.defer_all(SEND, letters)
    return len(letters)


def send(letter: str, kind: str, to: str, about: dict[str, str]) -> None:
    """Write a posted message and send it.

    Raises:
        OSError: the mail server does not take it now; to be retried.
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
    """Hand a mail to the mail server; no other function does.

    Raises:
        MailInTransactionError: a transaction is open.
        OSError: the mail server does not take it (`smtplib.SMTPException` is one).
    """
    try:
        # Django refuses a durable block inside another transaction.
        with transaction.atomic(durable=True):
            pass
    except RuntimeError as error:
        raise MailInTransactionError(MailInTransactionError.__doc__) from error
    message.send()
