"""The books by day: what moved, what was earned, and what was outstanding at the end of each day."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from billing import sql
from billing.ledger import lots
from billing.ledger.statement import first_id

SMALL = Decimal("1e-6")
"""Divisions err beyond the tenth decimal place; that must not decide on which side of half a cent a sum lies."""


@dataclass(frozen=True, slots=True)
class RevenueDay:
    """One day (UTC): credits that moved and were left, cents exactly as earned and owed, and cents of money.

    Attributes:
        outstanding: customers' credits at the end of the day, held ones included; `debt` is what they owed us.
        by_images: revenue from images, each priced by the credits that it used up, first in, first out.
        otherwise: revenue from adjustments and paid debts, less what refunds took from earlier revenue.
        liability: cents paid for the outstanding credits.
        paid: cents that customers paid that day, tax aside; revenue only once the credits are used.
        fees: Stripe's fees for the payments of that day.
    """

    day: dt.date
    sold: int
    granted: int
    used: int
    refunded: int
    disputed: int
    adjusted: int
    written_off: int
    outstanding: int
    debt: int
    by_images: Decimal
    otherwise: Decimal
    liability: Decimal
    paid: int
    tax: int
    fees: int
    paid_back: int
    lost: int

    @property
    def revenue(self) -> Decimal:
        """All revenue of the day: what credits have earned by being used."""
        return self.by_images + self.otherwise


EXACT = ("by_images", "otherwise", "liability")
"""Columns that are exact; the others are whole numbers by nature."""


def by_day(since: dt.date, until: dt.date) -> list[RevenueDay]:
    """Return every day from `since` up to, but not including, `until`, oldest first, by one statement."""
    names = [name for name in RevenueDay.__slots__ if name != "day"]
    parameters = {"since": since, "until": until}
    return [
        RevenueDay(row[0], **{name: _number(name, value) for name, value in zip(names, row[1:], strict=True)})
        for row in query_with_earned(sql.read("days"), since, until, parameters)
    ]


def query_with_earned(
    statement: str, since: dt.date, until: dt.date, parameters: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """Run a statement that reads `earned`: what each movement of these days earned.

    `earned` is the query in `billing/sql/earned.sql`.
    """
    return lots.read(
        "line",
        "earned",
        statement=f"SELECT * FROM ({statement}) AS found ORDER BY 1",  # noqa: S608 -- files of our own
        first=first_id(since),
        end=first_id(until),
        **(parameters or {}),
    )


def rounded_cents(exact: Decimal) -> int:
    """Round half up to whole cents, for display; nothing is booked from them."""
    return int(exact.quantize(SMALL).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _number(name: str, value: Any) -> Any:
    return Decimal(value or 0) if name in EXACT else int(value or 0)
