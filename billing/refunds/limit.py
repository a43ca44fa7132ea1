"""Limit of what one operator may refund of a purchase (OWASP ASVS 5.0, 2.3.5)."""

from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from billing.errors import NeedsSecondOperator
from billing.models import Purchase, Refund, RefundPolicy
from billing.models.refund_policy import DEFAULT
from core.wording import money

WITHIN = timedelta(hours=24)
"""Window over which refunds are summed, so that splitting one into pieces evades no limit."""


def alone_up_to() -> int:
    """Return how many cents of one purchase one operator may refund within 24 hours."""
    row = RefundPolicy.objects.first()
    return row.alone_up_to if row else DEFAULT


def remaining_limit(purchase: Purchase) -> int:
    """Return how many cents of this purchase one operator may still refund; refunds made at Stripe count too."""
    alone = purchase.refunds.filter(approved_by=None, created_at__gt=timezone.now() - WITHIN)
    gone = alone.exclude(status=Refund.Status.FAILED).aggregate(sum=Sum("amount", default=0))["sum"]
    return max(0, alone_up_to() - int(gone))


def check(purchase: Purchase, amount: int) -> None:
    """Refuse a refund that needs a second operator. Exact if the purchase's row is locked.

    Raises:
        NeedsSecondOperator: so much needs a second one. Nothing was changed.
    """
    limit = remaining_limit(purchase)
    if amount > limit:
        raise NeedsSecondOperator(
            f"One operator alone can pay back {money(limit, purchase.currency)} of this purchase now; "
            f"{money(amount, purchase.currency)} needs a second operator. Nothing was changed."
        )
