"""Mail to the customer about refunds, and about refunds that did not arrive."""

from django.conf import settings

from billing import recipients
from billing.ledger import balance
from billing.models import Purchase, Refund
from billing.refunds import clawback
from core import mail
from core.mail import Letter
from core.wording import in_words, money

MADE, FAILED = "billing.refund", "billing.refund_failed"


def post(kind: str, refund: Refund, purchase: Purchase) -> None:
    """Mail the customer once the caller's transaction has committed."""
    mail.post(kind, recipients.payers(purchase.workspace, purchase.created_by), refund=str(refund.pk))


def refund_mail(refund: str) -> Letter | None:
    """Write the mail about a refund.

    Returns:
        None if it has failed meanwhile.
    """
    row, purchase = _purchase_mail(refund)
    if purchase is None or row.status == Refund.Status.FAILED:
        return None
    amount = money(row.amount, purchase.currency)
    return Letter(
        subject=f"{amount} is on its way back to you",
        heading=f"{amount} refunded",
        lead=f"{purchase.workspace} gave back {in_words(row.credits)} of its {purchase.pack_name} pack "
        f"and has {_has(purchase)}",
        lines=_lines("Refund", row, purchase),
        total=("Refunded", amount) if purchase.tax else None,
        label="See the statement",
        href=f"{settings.BASE_URL}/billing",
        note="Your bank shows it within 5 to 10 days, on the card you paid with.",
    )


def failure_mail(refund: str) -> Letter | None:
    """Write the mail about a refund that came back to us after the customer was told of it."""
    row, purchase = _purchase_mail(refund)
    if purchase is None:
        return None
    amount = money(row.amount, purchase.currency)
    return Letter(
        subject=f"{amount} could not be paid back to you",
        heading=f"Your refund of {amount} did not arrive",
        lead="The bank of the card you paid with sent the money back to us; the card may have expired "
        f"or been closed. So {in_words(row.credits)} went back to {purchase.workspace}, which has {_has(purchase)}",
        lines=_lines("Failed refund", row, purchase),
        total=("Returned to us", amount) if purchase.tax else None,
        label="See the statement",
        href=f"{settings.BASE_URL}/billing",
        note="You lost nothing. If you still want the money, reply to this email and we will find another way.",
    )


def _purchase_mail(refund: str) -> tuple[Refund, Purchase | None]:
    row = Refund.objects.select_related("purchase__workspace").get(pk=refund)
    return row, row.purchase


def _lines(words: str, refund: Refund, purchase: Purchase) -> list[tuple[str, str]]:
    """List what went back, with its tax apart if there was any."""
    tax = clawback.tax_in(purchase, refund.amount)
    lines = [(f"{words}, {in_words(refund.credits)}", money(refund.amount - tax, purchase.currency))]
    return [*lines, ("Tax", money(tax, purchase.currency))] if purchase.tax else lines


def _has(purchase: Purchase) -> str:
    """Describe the balance, `250 credits now.`, and what is owed, if anything."""
    now = balance.for_workspace(purchase.workspace)
    owed = f" It owes {in_words(now.debt)}, since more was spent than is left." if now.debt else ""
    return f"{in_words(now.available)} now.{owed}"


WRITERS = {MADE: refund_mail, FAILED: failure_mail}
