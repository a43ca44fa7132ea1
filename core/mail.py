"""Mail: one job per letter and recipient, queued by the transaction that makes it due, sent outside of any.

A letter's jobs are committed together with what makes it due, so none is forgotten and none reports what was rolled
back. Each job writes to one person, so an address that the mail server rejects affects nobody else. A job ends
after its mail was accepted; a worker that dies in between sends it again under the same Message-ID, by which most
mailboxes show it once. Twice is better than not at all for everything that we send: receipts, warnings, decisions.
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
from core.database.connections import release_connection
from core.errors import Refusal
from core.registry import Registry

_log = logging.getLogger(__name__)

SEND = "accounts.tasks.send_letter"
TEMPLATE = "emails/letter"
AWAY = "The email could not be sent just now, and nothing was changed. Please try again in a minute."
REJECTED = "Mail to this address is refused, so nothing was sent. Please check it for typing errors."
RETRY_AFTER = 60
FOR_GOOD = 500
"""SMTP reply codes from here on are permanent: trying again is of no use (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The content of a letter, rendered as HTML and as text.

    Attributes:
        subject: subject line of the mail.
        heading: first line of the body.
        lead: what happened and what to do.
        code: a code to type, shown large.
        lines: lines of a receipt, as pairs of label and amount.
        total: last line of the receipt.
        label: text of the button, if there is one.
        href: where the button leads.
        second_label: text of a quieter link beside it.
        second_href: where that leads.
        note: the small print.
        foot: a closing hint.
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
        """Fill in the `{names}` in the letter's texts; SITE_NAME and BASE_URL are always known."""
        names = {**known, "SITE_NAME": settings.SITE_NAME, "BASE_URL": settings.BASE_URL}
        words: dict[str, Any] = {part: text for part, text in asdict(self).items() if isinstance(text, str)}
        return replace(self, **{part: text.format_map(names) for part, text in words.items()})


class MailUnavailable(Refusal):
    """The mail server takes nothing just now."""

    code = "mail_unavailable"
    status = 503


class AddressRejected(Refusal):
    """The mail server refuses the address for good."""

    code = "address_rejected"


type Write = Callable[..., Letter | None]
"""Builds a letter, called as `write(**about)`; returns None if the letter would no longer be true."""

writers = Registry[Write]("kind of letter")


class MailInTransactionError(RuntimeError):
    """A mail was about to be sent inside a transaction, whose locks would wait for the mail server; `post` it."""


def post(kind: str, people: Iterable[AbstractBaseUser], /, **about: str) -> int:
    """Queue a letter to each of these people, sent once the caller's transaction has committed.

    Args:
        kind: the name under which its writer is registered.
        people: each gets a job and a mail of their own.
        about: what the letter is about; pass ids, since they are stored as plain JSON.

    Returns:
        The number of recipients.
    """
    letters = [
        {"letter": str(uuid.uuid4()), "kind": kind, "to": str(person.pk), "about": about} for person in people
    ]
    jobs.defer_all(SEND, letters)
    return len(letters)


def send(letter: str, kind: str, to: str, about: dict[str, str]) -> None:
    """Build a posted letter and send it, unless it is no longer true or its recipient is inactive.

    Raises:
        OSError: the mail server does not accept it now; try again.
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
        if not _is_for_good(refused):
            raise
        _log.warning("The mail server refuses the address of %s for good: no %s", person.public_id, kind)


def send_now(letter: Letter, to: str, known: Mapping[str, Any]) -> None:
    """Send one letter at once, to somebody who is waiting for it. All others are posted.

    Args:
        letter: its content; `{email}` in it is the address.
        to: one address.
        known: the other names that its texts use.

    Raises:
        OSError: the mail server does not accept it (`smtplib.SMTPException` is one).
    """
    made = message(letter.filled({**known, "email": to}), to)
    # The server may take its time.
    release_connection()
    deliver(made)


def send_or_refuse(letter: Letter, to: str, known: Mapping[str, Any], sentence: str = AWAY) -> None:
    """Send one letter at once, as `send_now` does, for a view: its exceptions are answers to whoever waits.

    Args:
        letter: its content; `{email}` in it is the address.
        to: one address.
        known: the other names that its texts use.
        sentence: what happened and what to do, where the server is away.

    Raises:
        AddressRejected: the server refuses the address for good.
        MailUnavailable: the server is away, or refuses everything just now.
    """
    try:
        send_now(letter, to, known)
    except smtplib.SMTPRecipientsRefused as refused:
        if _is_for_good(refused):
            raise AddressRejected(REJECTED, param="email") from refused
        raise MailUnavailable(sentence, retry_after=RETRY_AFTER) from refused
    except OSError as away:
        _log.warning("The mail server does not answer: %s", away)
        raise MailUnavailable(sentence, retry_after=RETRY_AFTER) from away


def _is_for_good(refused: smtplib.SMTPRecipientsRefused) -> bool:
    return all(code >= FOR_GOOD for code, _ in refused.recipients.values())


def message(letter: Letter, to: str) -> EmailMultiAlternatives:
    """Render a letter as a mail to one address."""
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
    """Return a code in two groups of three, as it is read aloud."""
    return f"{code[:3]} {code[3:]}"


def deliver(message: EmailMessage) -> None:
    """Hand a mail to the mail server. Only this function does.

    Raises:
        MailInTransactionError: it was called inside a transaction.
        OSError: the mail server does not accept it (`smtplib.SMTPException` is one).
    """
    try:
        # Django refuses to begin a durable transaction within another one.
        with transaction.atomic(durable=True):
            pass
    except RuntimeError as error:
        raise MailInTransactionError(MailInTransactionError.__doc__) from error
    message.send()


def probe(seconds: float) -> None:
    """Ask the mail server whether it is there; where mail goes to a folder, there is nothing to ask.

    Args:
        seconds: how long it may take to answer.

    Raises:
        OSError: it does not answer (`smtplib.SMTPException` is one).
    """
    mailer: Mapping[str, Any] = settings.MAILERS["default"]
    options = mailer.get("OPTIONS", {})
    if host := options.get("host"):
        speak = smtplib.SMTP_SSL if options.get("use_ssl") else smtplib.SMTP
        with speak(host, options["port"], timeout=seconds) as server:
            server.noop()
