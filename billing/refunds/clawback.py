"""Clawback: keeps the credits taken back from a purchase equal to the money that went back.

Refunds and lost disputes arrive in any order, repeatedly, and some are undone. So nothing here adds or subtracts
an event: after every change the whole is compared with the ledger, and the difference is moved. That makes the end
the same for every order, and taking back twice for a refund and a lost dispute of the same money impossible.
"""

from django.db.models import Sum

from accounts.models import User
from billing import ledger
from billing.ledger import lots
from billing.models import Dispute, Purchase, Refund
from billing.models.ledger import Account


def owed_cents(purchase: Purchase) -> int:
    """Sum the cents of a purchase that go back by refunds and decided disputes, at most what was paid."""
    refunds = (
        Refund.objects.filter(purchase=purchase)
        .exclude(status=Refund.Status.FAILED)
        .aggregate(sum=Sum("amount", default=0))
    )
    disputes = Dispute.objects.filter(purchase=purchase).aggregate(sum=Sum("gone", default=0))
    return min(purchase.total, int(refunds["sum"]) + int(disputes["sum"]))


def credits_for(purchase: Purchase, cents: int) -> int:
    """Convert cents of a purchase to credits, rounded half up; the whole gives the whole."""
    return (2 * cents * purchase.credits + purchase.total) // (2 * purchase.total)


def cents_for(purchase: Purchase, credits: int) -> int:
    """Convert credits of a purchase to cents, tax included, rounded half up."""
    return (2 * credits * purchase.total + purchase.credits) // (2 * purchase.credits)


def tax_in(purchase: Purchase, cents: int) -> int:
    """Compute the tax in cents of a purchase, rounded half up, for display; nothing is booked from it."""
    return (2 * cents * purchase.tax + purchase.total) // (2 * purchase.total)


def settle(
    purchase: Purchase, *, cause: str, reason: str, actor: User | None = None, target: str = Account.REFUNDED
) -> int:
    """Move the difference between the credits to be taken back and those taken so far.

    Call it with the purchase's row locked.

    Args:
        purchase: what the money was for.
        cause: natural key of what changed, for example `refund:<id>:failed`.
        reason: shown on the statement.
        actor: the person who did it, if any.
        target: the account that takes, `refunded` or `disputed`.

    Returns:
        Credits taken back now (+), or given back (-).
    """
    wanted = credits_for(purchase, owed_cents(purchase))
    difference = wanted - lots.clawed_back(purchase.workspace, purchase.reference)
    if difference > 0:
        ledger.reverse(
            purchase.workspace,
            difference,
            key=f"{cause}:taken",
            reference=purchase.reference,
            reason=reason,
            actor=actor,
            target=target,
        )
    elif difference < 0:
        for source, credits in _sources(purchase, -difference, target):
            ledger.give_back(
                purchase.workspace,
                credits,
                key=f"{cause}:back" if source == target else f"{cause}:back:{source}",
                reference=purchase.reference,
                reason=reason,
                actor=actor,
                source=source,
            )
    return difference


def _sources(purchase: Purchase, credits: int, first: str) -> list[tuple[str, int]]:
    """Split credits that come back by the accounts that took them, `first` before the other."""
    other = Account.DISPUTED if first == Account.REFUNDED else Account.REFUNDED
    has = max(0, lots.clawed_back(purchase.workspace, purchase.reference, by=first))
    return [
        (name, part) for name, part in ((first, min(credits, has)), (other, max(0, credits - has))) if part
    ]
