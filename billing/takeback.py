"""Keep the credits that were taken back from a purchase equal to the money that went back.

Refunds and lost disputes arrive in any order, repeatedly, and some are undone. So nothing here adds or subtracts
an event: after every change the whole is compared with the ledger, and the difference is moved. That makes the end
the same for every order, and taking back twice for a refund and a lost dispute of the same money impossible.
"""

from django.db.models import Sum

from accounts.models import User
from billing import ledger, lots
from billing.models import Dispute, Purchase, Refund
from billing.models.ledger import Account


def owed_cents(purchase: Purchase) -> int:
    """Cents of a purchase that went back, or are on their way: refunds and lost disputes, never more than was paid."""
    refunds = (
        Refund.objects.filter(purchase=purchase)
        .exclude(status=Refund.Status.FAILED)
        .aggregate(sum=Sum("amount", default=0))
    )
    disputes = Dispute.objects.filter(purchase=purchase, status=Dispute.Status.LOST).aggregate(
        sum=Sum("amount", default=0)
    )
    return min(purchase.total, int(refunds["sum"]) + int(disputes["sum"]))


def credits_for(purchase: Purchase, cents: int) -> int:
    """The credits that stand for so many cents of a purchase, rounded half up; the whole for the whole."""
    return (2 * cents * purchase.credits + purchase.total) // (2 * purchase.total)


def cents_for(purchase: Purchase, credits: int) -> int:
    """The cents, tax included, that stand for so many credits of a purchase, rounded half up."""
    return (2 * credits * purchase.total + purchase.credits) // (2 * purchase.credits)


def tax_in(purchase: Purchase, cents: int) -> int:
    """The tax in so many cents of a purchase, rounded half up: for showing, nothing is booked from it."""
    return (2 * cents * purchase.tax + purchase.total) // (2 * purchase.total)


def settle(
    purchase: Purchase, *, cause: str, reason: str, actor: User | None = None, target: str = Account.REFUNDED
) -> int:
    """Move the difference: credits taken back now (+), or given back (-). Called with the purchase's row locked.

    Args:
        purchase: what the money was for.
        cause: natural key of what changed, for example `refund:<id>:failed`.
        reason: shown on the statement.
        actor: who did it, where a person did.
        target: the account that takes, `refunded` or `disputed`.
    """
    wanted = credits_for(purchase, owed_cents(purchase))
    difference = wanted - lots.taken_back(purchase.workspace, purchase.reference)
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
        ledger.give_back(
            purchase.workspace,
            -difference,
            key=f"{cause}:back",
            reference=purchase.reference,
            reason=reason,
            actor=actor,
            source=target,
        )
    return difference
