"""What the customer reads about money that goes back, and about money that did not arrive."""

import uuid

from django.conf import settings

from billing import balance, letters, takeback
from billing.ledger_call import in_words
from billing.letters import Letter
from billing.models import Purchase, Refund
from billing.money import money


def tell_of_refund(refund_id: uuid.UUID) -> None:
    """Write to the customer that money is on its way back; nothing, if it has failed meanwhile.

    Raises:
        OSError: the mail server does not take it; to be tried again.
    """
    refund, purchase = _of(refund_id)
    if purchase is None or refund.status == Refund.Status.FAILED:
        return
    amount = money(refund.amount, purchase.currency)
    letters.send(
        Letter(
            subject=f"{amount} are on their way back to you",
            heading=f"{amount} refunded",
            lead=f"{purchase.workspace} gave back {in_words(refund.credits)} of its {purchase.pack_name} pack "
            f"and has {_has(purchase)}",
            lines=_lines("Refund", refund, purchase),
            total=("Refunded", amount) if purchase.tax else None,
            label="See the statement",
            href=f"{settings.BASE_URL}/billing",
            note="Your bank shows it in 5 to 10 days, on the card that paid.",
        ),
        letters.payers(purchase.workspace, purchase.created_by),
    )


def tell_of_failure(refund_id: uuid.UUID) -> None:
    """Write to the customer that a refund they heard of came back to us, and its credits to them.

    Raises:
        OSError: the mail server does not take it; to be tried again.
    """
    refund, purchase = _of(refund_id)
    if purchase is None:
        return
    amount = money(refund.amount, purchase.currency)
    letters.send(
        Letter(
            subject=f"{amount} could not be paid back to you",
            heading=f"Your refund of {amount} did not arrive",
            lead="The bank of the card that paid sent the money back to us; the card may have expired or been "
            f"closed. So {in_words(refund.credits)} went back to {purchase.workspace}, which has {_has(purchase)}",
            lines=_lines("Refund that failed", refund, purchase),
            total=("Came back to us", amount) if purchase.tax else None,
            label="See the statement",
            href=f"{settings.BASE_URL}/billing",
            note="You lost nothing. Answer this mail if you still want the money, and we find another way.",
        ),
        letters.payers(purchase.workspace, purchase.created_by),
    )


def _of(refund_id: uuid.UUID) -> tuple[Refund, Purchase | None]:
    refund = Refund.objects.select_related("purchase__workspace", "purchase__created_by").get(pk=refund_id)
    return refund, refund.purchase


def _lines(words: str, refund: Refund, purchase: Purchase) -> list[tuple[str, str]]:
    """What went back, its tax apart where there was any."""
    tax = takeback.tax_in(purchase, refund.amount)
    lines = [(f"{words}, {in_words(refund.credits)}", money(refund.amount - tax, purchase.currency))]
    return [*lines, ("Tax", money(tax, purchase.currency))] if purchase.tax else lines


def _has(purchase: Purchase) -> str:
    """`250 credits now.`, and what it owes where it does."""
    now = balance.of(purchase.workspace)
    owed = f" It owes {in_words(now.debt)}, since more was spent than is left." if now.debt else ""
    return f"{in_words(now.available)} now.{owed}"
