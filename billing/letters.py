"""Mail about money: one template for words that are written elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts import mail, recipients
from accounts.models import User, Workspace


@dataclass(frozen=True, slots=True)
class Letter:
    """Contents of a mail.

    Attributes:
        subject: of the mail.
        heading: first line.
        lead: what happened and what to do.
        lines: a receipt, pairs of words and amount.
        total: its last line.
        label: words on the button, if there is one.
        href: target of the button.
        second_label: words of a quieter link beside it.
        second_href: target of that link.
        note: the small print.
        foot: a last hint.
    """

    subject: str
    heading: str
    lead: str
    lines: Sequence[tuple[str, str]] = ()
    total: tuple[str, str] | None = None
    label: str = ""
    href: str = ""
    second_label: str = ""
    second_href: str = ""
    note: str = ""
    foot: str = ""


def register(kind: str, write: Callable[..., Letter | None]) -> None:
    """Register the writer of a kind of mail for `accounts.mail.post`.

    It returns None if the mail would no longer be true.
    """

    def make(person: User, **about: str) -> EmailMultiAlternatives | None:
        letter = write(**about)
        return message(letter, person) if letter else None

    mail.register(kind, make)


def message(letter: Letter, to: User) -> EmailMultiAlternatives:
    """Render a letter to a person as a mail, in HTML and text."""
    context = {**asdict(letter), "SITE_NAME": settings.SITE_NAME, "BASE_URL": settings.BASE_URL}
    made = EmailMultiAlternatives(
        letter.subject, render_to_string("billing/email/letter.txt", context), to=[to.email]
    )
    made.attach_alternative(render_to_string("billing/email/letter.html", context), "text/html")
    return made


def payers(workspace: Workspace, buyer: User | None = None) -> list[User]:
    """Return who is told about a workspace's money: the buyer, else its owners."""
    return [buyer] if buyer is not None and buyer.is_active else recipients.owners(workspace)
