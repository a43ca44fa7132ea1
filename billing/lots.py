"""Remainders of the credits that came in: spending is first in, first out, so the newest remain."""

import uuid
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, Sum, When

from accounts.models import Workspace
from billing import balance
from billing.models.ledger import Kind, Transfer


@dataclass(frozen=True, slots=True)
class Lot:
    """Credits that came in at once: `credits` net of what was taken back, `left` unspent."""

    reference: str
    credits: int
    left: int


def of(workspace: Workspace) -> list[Lot]:
    """Return every lot of a workspace, newest first; held credits count as left, though not available."""
    came = (
        Transfer.objects.filter(workspace=workspace, target="available")
        .filter(kind__in=(Kind.GRANT, Kind.PURCHASE, Kind.ADJUST))
        .order_by("-id")
        .values_list("reference", "kind", "amount", "id")
    )
    taken = dict(
        Transfer.objects.filter(workspace=workspace, kind__in=(Kind.REVERSE, Kind.RESTORE))
        .values_list("reference")
        .annotate(
            net=Sum(
                Case(
                    When(kind=Kind.REVERSE, then=F("amount")),
                    default=-F("amount"),
                    output_field=IntegerField(),
                )
            )
        )
    )
    now = balance.of(workspace)
    remaining = now.available + now.held
    lots = []
    for reference, kind, amount, _ in came:
        credits = amount - (taken.get(reference, 0) if kind == Kind.PURCHASE else 0)
        left = max(0, min(credits, remaining))
        remaining -= left
        lots.append(Lot(reference, credits, left))
    return lots


def left_of(workspace: Workspace, purchase: uuid.UUID) -> int:
    """Return the unspent credits of a purchase."""
    return sum(lot.left for lot in of(workspace) if lot.reference == f"purchase:{purchase}")


def taken_back(workspace: Workspace, reference: str) -> int:
    """Return the credits of a purchase that refunds and disputes have taken back so far."""
    sums = Transfer.objects.filter(workspace=workspace, reference=reference).aggregate(
        taken=Sum("amount", filter=Q(kind=Kind.REVERSE), default=0),
        restored=Sum("amount", filter=Q(kind=Kind.RESTORE), default=0),
    )
    return int(sums["taken"] - sums["restored"])
