"""Mail: one job for each letter and person, queued by the transaction that makes it due, sent outside of any.

A letter that is due and its jobs are one commit, so none is forgotten and none tells of what was rolled back. Each
job writes to one person: an address that the mail server refuses harms nobody else. A job ends after its mail was
taken; whoever dies in between sends it again, under the same Message-ID, by which most mailboxes show it once. Twice is
better than not at all for all that we write: receipts, warnings, decisions.
"""

import logging
import smtplib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.utils import DNS_NAME
from django.db import transaction
from django.template.loader import render_to_string

from core import jobs
from core.registry import Registry

_log = logging.getLogger(__name__)

SEND = "accounts.tasks.send_letter"
TEMPLATE = "emails/letter"
FOR_GOOD = 500
"""SMTP's codes from here on say that trying again is of no use (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, in HTML and in text.

    Attributes:
        subject: of the mail.
        heading: first line.
        lead: what happened and what to do.
        code: a code to type, shown large.
        lines: a receipt, pairs of words and amount.
        total: its last line.
        label: words on the button, where there is one.
        href: where the button leads.
        second_label: words of a quieter link beside it.
        second_href: where that leads.
        note: the small print.
        foot: a last hint.
    """

    subject: str
    heading: str
    lead: str
    code: str = ""
    lines: Sequence[tuple[str, str]] = ()
    total: tuple[str, str] | None = None
    label: str = ""
    href: str = ""
    second_label: str = ""
    second_href: str = ""
    note: str = ""
    foot: str = ""

    def filled(self, known: Mapping[str, Any]) -> Self:
        """Return the letter with the `{names}` in its words filled in; SITE_NAME and BASE_URL are always known."""
        names = {**known, "SITE_NAME": settings.SITE_NAME, "BASE_URL": settings.BASE_URL}
        words: dict[str, Any] = {part: text for part, text in asdict(self).items() if isinstance(text, str)}
        return replace(self, **{part: text.format_map(names) for part, text in words.items()})


type Write = Callable[..., Letter | None]
"""Writes a letter, `write(**about)`; None where it would no longer be true."""

writers = Registry[Write]("kind of letter")


class MailInTransactionError(RuntimeError):
    """A mail was about to be sent inside a transaction, whose locks would wait for the mail server; `post` it."""


def post(kind: str, people: Iterable[AbstractBaseUser], /, **about: str) -> int:
    """Have a letter written to each of these people once the caller's transaction has committed.

    Args:
        kind: as its writer was registered.
        people: each gets a job, and a mail, by themselves.
        about: what the letter is about: ids, since they stand in the database as plain JSON.

    Returns:
        How many people are written to.
    """
    letters = [
        {"letter": str(uuid.uuid4()), "kind": kind, "to": str(person.pk), "about": about} for person in people
    ]
    jobs.defer_all(SEND, letters)
    return len(letters)


def send(letter: str, kind: str, to: str, about: dict[str, str]) -> None:
    """Write a letter that was posted, and send it.

    Raises:
        OSError: the mail server does not take it now; to be tried again.
    """
    person = get_user_model().objects.filter(pk=to, is_active=True).first()
    written = writers[kind](**about) if person else None
    if person is None or written is None:
        return
    made = message(written, person.email)
    made.extra_headers["Message-ID"] = f"<{letter}@{DNS_NAME}>"
    try:
        deliver(made)
    except smtplib.SMTPRecipientsRefused as refused:
        if any(code < FOR_GOOD for code, _ in refused.recipients.values()):
            raise
        _log.warning("The mail server refuses the address of %s for good: no %s", person.public_id, kind)


def send_now(letter: Letter, to: str, known: Mapping[str, Any]) -> None:
    """Send one letter at once, to somebody who waits for it. All others are posted.

    Args:
        letter: its words; `{email}` in them is the address.
        to: one address.
        known: the other names that its words use.

    Raises:
        OSError: the mail server does not take it (`smtplib.SMTPException` is one).
    """
    deliver(message(letter.filled({**known, "email": to}), to))


def message(letter: Letter, to: str) -> EmailMultiAlternatives:
    """Return a letter as a mail to one address."""
    context = {
        **asdict(letter),
        "spaced_code": spaced(letter.code),
        "SITE_NAME": settings.SITE_NAME,
        "BASE_URL": settings.BASE_URL,
    }
    subject = " ".join(letter.subject.split())
    made = EmailMultiAlternatives(subject, render_to_string(f"{TEMPLATE}.txt", context), to=[to])
    made.attach_alternative(render_to_string(f"{TEMPLATE}.html", context), "text/html")
    return made


def spaced(code: str) -> str:
    """Return a code as it is read aloud: two groups of three."""
    return f"{code[:3]} {code[3:]}"


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
