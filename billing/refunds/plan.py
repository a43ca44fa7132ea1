"""Preview of what a refund would do; `refund.begin` decides by the same numbers."""

from dataclasses import dataclass

from django.db.models import Sum

from billing.errors import RefundRefused
from billing.ledger import balance, lots
from billing.models import Purchase, Refund
from billing.models.refund_request import RefundAmount
from billing.refunds import clawback, freeze


@dataclass(frozen=True, slots=True)
class Remainder:
    """The remainder of a purchase.

    Attributes:
        amount: cents not paid back yet.
        credits: not taken back yet, spent or not.
        unspent: those of them that nothing was made with, first in, first out.
        available: what the workspace can spend, from any purchase, once an inquiry holds nothing of this one.
        debt: what it owes already.
    """

    amount: int
    credits: int
    unspent: int
    available: int
    debt: int


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """Movements of a refund: cents paid back, credits taken, and how many of these become debt."""

    amount: int
    credits: int
    debt: int

    @property
    def mark(self) -> str:
        """Fingerprint of the numbers: what was looked at is what is done."""
        return f"{self.amount}-{self.credits}-{self.debt}"


def remainder(purchase: Purchase) -> Remainder:
    """Return what is left of a purchase now."""
    now = balance.for_workspace(purchase.workspace)
    return Remainder(
        amount=purchase.total - _gone(purchase),
        credits=purchase.credits - lots.clawed_back(purchase.workspace, purchase.reference),
        unspent=lots.left_of(purchase.workspace, purchase.pk),
        available=now.available + freeze.freed_by_refund(purchase),
        debt=now.debt,
    )


def make_plan(purchase: Purchase, way: RefundAmount) -> RefundPlan:
    """Compute what a refund in this way would move now.

    Raises:
        RefundRefused: it can't be done.
    """
    amount = cents(purchase, way)
    after = clawback.credits_for(purchase, min(purchase.total, clawback.owed_cents(purchase) + amount))
    credits = max(0, after - lots.clawed_back(purchase.workspace, purchase.reference))
    spendable = balance.for_workspace(purchase.workspace).available + freeze.freed_by_refund(purchase)
    return RefundPlan(amount, credits, max(0, credits - spendable))


def cents(purchase: Purchase, way: RefundAmount) -> int:
    """Compute how many cents go back. Exact if the purchase's row is locked.

    Raises:
        RefundRefused: the purchase is not paid, or that is more than is left of it.
    """
    if purchase.status != Purchase.Status.PAID or not purchase.payment_intent:
        raise RefundRefused("Only a paid purchase can be refunded. Nothing was changed.")
    gone = _gone(purchase)
    rest = purchase.total - gone
    if way.credits is not None:
        # Computed from the whole, so that many small refunds add up to the whole exactly.
        before = clawback.credits_for(purchase, gone)
        amount = clawback.cents_for(purchase, min(purchase.credits, before + way.credits)) - gone
        if before + way.credits > purchase.credits:
            raise RefundRefused("That is more credits than are left of this purchase. Nothing was changed.")
    else:
        amount = rest if way.amount is None else way.amount
    if rest <= 0:
        raise RefundRefused("This purchase was already refunded in full. Nothing was changed.")
    if not 0 < amount <= rest:
        raise RefundRefused(
            f"Between 1 and {rest} cents of this purchase can be paid back. Nothing was changed."
        )
    return amount


def _gone(purchase: Purchase) -> int:
    """Sum the cents that went back or are on their way."""
    made = Refund.objects.filter(purchase=purchase).exclude(status=Refund.Status.FAILED)
    return int(made.aggregate(sum=Sum("amount", default=0))["sum"])
