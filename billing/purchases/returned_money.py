"""What of a payment has gone back: by our refunds, or by the payer's bank after a dispute."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Purchase
from billing.models.dispute import CLOSED, Dispute
from billing.models.refund import Refund


def with_returned_money(purchases: QuerySet[Purchase]) -> QuerySet[Purchase]:
    """Annotate purchases with what their payers got back.

    Returns:
        The purchases with `refunded` (cents refunded or on their way back), `taken_back` (cents that a bank took back
        for good) and `is_disputed` (whether a bank is still asking).
    """
    own = {"purchase": OuterRef("pk")}
    refunds = Refund.objects.filter(**own).exclude(status=Refund.Status.FAILED)
    disputes = Dispute.objects.filter(**own)
    return purchases.annotate(
        refunded=_sum(refunds, "amount"),
        taken_back=_sum(disputes, "gone"),
        is_disputed=Exists(disputes.exclude(status__in=CLOSED)),
    )


def _sum(rows: QuerySet[Refund] | QuerySet[Dispute], field: str) -> Coalesce:
    """Add up a field of the rows of one purchase."""
    summed = rows.order_by().values("purchase").annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(summed), 0)
