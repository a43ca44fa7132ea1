"""Consumption of the credits of a purchase.

Spending is first in, first out. Which capture used up which credits is not stored: the ledger is replayed once, in
its order, and what is left afterwards is what `billing.lots` says.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Workspace
from billing.models import Purchase
from billing.models.ledger import Account, Kind, Transfer

AT_ONCE = 2_000
COLUMNS = ("kind", "source", "target", "amount", "reference", "created_at")
INNER = (Kind.HOLD, Kind.RELEASE)
"""Kinds that use nothing up: what is held is still there."""


@dataclass(frozen=True, slots=True)
class Use:
    """Credits of a purchase that were used for something, for example `image:<uuid>`."""

    reference: str
    at: dt.datetime
    credits: int


@dataclass(slots=True)
class _Lot:
    reference: str
    left: int


@dataclass(slots=True)
class _Lots:
    """Lots of credits, oldest first; those before `first` are used up."""

    lots: list[_Lot] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    first: int = 0

    def add(self, reference: str, amount: int) -> None:
        self.places.setdefault(reference, len(self.lots))
        self.lots.append(_Lot(reference, amount))

    def put_back(self, reference: str, amount: int) -> None:
        place = self.places.get(reference)
        if place is None:
            self.add(reference, amount)
            return
        self.lots[place].left += amount
        self.first = min(self.first, place)

    def take_from(self, reference: str, amount: int) -> int:
        """Take as much as that lot still has, and return how much is missing."""
        place = self.places.get(reference)
        if place is None:
            return amount
        taken = min(self.lots[place].left, amount)
        self.lots[place].left -= taken
        return amount - taken

    def take(self, amount: int) -> Iterator[tuple[str, int]]:
        """Take from the oldest lots on, and yield from which lot how many credits were taken."""
        while amount > 0 and self.first < len(self.lots):
            lot = self.lots[self.first]
            taken = min(lot.left, amount)
            lot.left -= taken
            amount -= taken
            if taken:
                yield lot.reference, taken
            if not lot.left:
                self.first += 1


def of(purchase: Purchase) -> list[Use]:
    """List what the purchase's credits were used for, in chronological order."""
    found: list[Use] = []
    for row, taken in _replayed(purchase.workspace, _Lots()):
        credits = sum(credits for reference, credits in taken if reference == purchase.reference)
        if credits and row["kind"] == Kind.CAPTURE:
            found.append(Use(row["reference"], row["created_at"], credits))
    return found


def left(workspace: Workspace) -> dict[str, int]:
    """Return the credits left of everything that came in, by reference; as `lots.of`, found in another way."""
    lots = _Lots()
    for _ in _replayed(workspace, lots):
        pass
    sums: dict[str, int] = {}
    for lot in lots.lots:
        sums[lot.reference] = sums.get(lot.reference, 0) + lot.left
    return sums


def _replayed(workspace: Workspace, lots: _Lots) -> Iterator[tuple[dict[str, Any], list[tuple[str, int]]]]:
    """Yield every transfer in order, with the credits it took from which lots; `lots` then includes it."""
    rows: Iterable[dict[str, Any]] = (
        Transfer.objects.filter(workspace=workspace)
        .exclude(kind__in=INNER)
        .order_by("id")
        .values(*COLUMNS)
        .iterator(chunk_size=AT_ONCE)
    )
    for row in rows:
        amount, reference = row["amount"], row["reference"]
        taken: list[tuple[str, int]] = []
        if row["kind"] == Kind.RESTORE:
            lots.put_back(reference, amount)
        elif row["target"] == Account.AVAILABLE:
            lots.add(reference, amount)
        elif row["source"] in {Account.AVAILABLE, Account.HELD}:
            # A refund takes from its own purchase as far as that goes.
            missing = lots.take_from(reference, amount) if row["kind"] == Kind.REVERSE else amount
            taken = list(lots.take(missing))
        yield row, taken
