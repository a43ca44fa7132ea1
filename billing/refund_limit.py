"""How much of a purchase an operator may refund alone (OWASP ASVS 5.0, 2.3.5)."""

from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from billing.errors import NeedsSecondOperator
from billing.models import Purchase, Refund, RefundPolicy
from billing.models.refund_policy import DEFAULT
from core.wording import money

WITHIN = timedelta(hours=24)
"""What went back within this time counts, so that cutting a refund into pieces gets round nothing."""


def alone_up_to() -> int:
    """Cents of one purchase that one operator may refund within 24 hours."""
    row = RefundPolicy.objects.first()
    return row.alone_up_to if row else DEFAULT


def room(purchase: Purchase) -> int:
    """Cents of this purchase that may still go back without a second operator; refunds made at Stripe count too."""
    alone = purchase.refunds.filter(approved_by=None, created_at__gt=timezone.now() - WITHIN)
    gone = alone.exclude(status=Refund.Status.FAILED).aggregate(sum=Sum("amount", default=0))["sum"]
    return max(0, alone_up_to() - int(gone))


def check(purchase: Purchase, amount: int) -> None:
    """Exact where the purchase's row is locked.

    Raises:
        NeedsSecondOperator: so much has to be agreed to. Nothing was changed.
    """
    limit = room(purchase)
    if amount > limit:
        raise NeedsSecondOperator(
            f"One operator alone can pay back {money(limit, purchase.currency)} of this purchase now; "
            f"{money(amount, purchase.currency)} need a second one. Nothing was changed."
        )
