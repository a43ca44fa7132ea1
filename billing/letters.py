"""Mail about money: one template, the words where they are sent."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import Membership, Role, User, Workspace


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says.

    Attributes:
        subject: of the mail.
        heading: first line.
        lead: what happened and what to do.
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
    lines: Sequence[tuple[str, str]] = ()
    total: tuple[str, str] | None = None
    label: str = ""
    href: str = ""
    second_label: str = ""
    second_href: str = ""
    note: str = ""
    foot: str = ""


def send(letter: Letter, to: Iterable[User]) -> None:
    """Send a letter in HTML and text, to each by itself.

    Raises:
        OSError: the mail server does not take it (`smtplib.SMTPException` is one).
    """
    context = {**asdict(letter), "SITE_NAME": settings.SITE_NAME, "BASE_URL": settings.BASE_URL}
    text = render_to_string("billing/email/letter.txt", context)
    html = render_to_string("billing/email/letter.html", context)
    for person in to:
        message = EmailMultiAlternatives(letter.subject, text, to=[person.email])
        message.attach_alternative(html, "text/html")
        message.send()


def payers(workspace: Workspace, buyer: User | None = None) -> list[User]:
    """Who hears about a workspace's money: who bought, else its owners."""
    if buyer is not None and buyer.is_active:
        return [buyer]
    owners = Membership.objects.filter(
        workspace=workspace, role=Role.OWNER, user__is_active=True
    ).select_related("user")
    return [membership.user for membership in owners]
