"""The books by day: what moved, what was earned, and what was outstanding at the end of each day."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.db import connection

from billing import sql
from billing.ledger import lots
from billing.ledger.statement import first_id
from billing.models import ClosedDay
from core import ids

ONE_DAY: Final = dt.timedelta(days=1)

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


MOVED = (
    "sold", "granted", "used", "refunded", "disputed", "adjusted", "written_off", "outstanding", "debt",
    "by_images", "otherwise", "liability",
)  # fmt: skip
"""Columns that never change once their day is closed; the others are summed from purchases, refunds and disputes."""
MONEY = ("paid", "tax", "fees", "purchases", "paid_back", "lost")
EXACT = ("by_images", "otherwise", "liability")
"""Columns that are exact; the others are whole numbers by nature."""


def by_day(since: dt.date, until: dt.date) -> list[RevenueDay]:
    """Return every day from `since` up to, but not including, `until`, oldest first.

    Closed days are read as they were closed; only what has moved since is summed.
    """
    moved = while_unchanged(lambda closed: _moved(since, until, closed))
    money = money_by_day(since, until)
    nothing: dict[str, Any] = dict.fromkeys(MOVED, 0)
    days = (since + dt.timedelta(days=number) for number in range((until - since).days))
    return [RevenueDay(day=day, **(nothing | moved.get(day, {}) | _paid(money.get(day, {})))) for day in days]


def last_closed() -> ClosedDay | None:
    """Return the day that was closed last."""
    return ClosedDay.objects.order_by("day").last()


def while_unchanged[T](read: Callable[[ClosedDay | None], T]) -> T:
    """Read closed days and what has moved since; again if another day is closed meanwhile.

    Args:
        read: is given the day that was closed last, or None.
    """
    closed = last_closed()
    while True:
        found = read(closed)
        if (now := last_closed()) == closed:
            return found
        closed = now


def first_open(closed: ClosedDay | None) -> dt.date | None:
    """Return the first day that is not closed; None if all are open."""
    return closed.day + ONE_DAY if closed else None


def query_open_days(
    statement: str, closed: ClosedDay | None, since: dt.date, until: dt.date, **parameters: Any
) -> list[tuple[Any, ...]]:
    """Run a statement that reads `earned`: what each movement since the last closed day earned.

    `earned` is the query in `billing/sql/earned.sql`. The statement leaves out what came before `listed`, the smallest id of
    `since`; it may use `since` and `until`, too.
    """
    begins = first_open(closed)
    return lots.read(
        "line",
        "earned",
        statement=f"SELECT * FROM ({statement}) AS found ORDER BY 1",  # noqa: S608 -- files of our own
        first=first_id(begins) if begins else ids.NOBODY,
        end=first_id(until),
        listed=first_id(since),
        since=since,
        until=until,
        **parameters,
    )


def moved_in_open_days(
    closed: ClosedDay | None, since: dt.date, until: dt.date
) -> dict[dt.date, dict[str, Any]]:
    """Sum what moved on days that are not closed yet, all columns of `MOVED`."""
    rows = query_open_days(
        sql.read("days"),
        closed,
        since,
        until,
        outstanding=closed.outstanding if closed else 0,
        debt=closed.debt if closed else 0,
        liability=closed.liability if closed else Decimal(0),
    )
    return {
        row[0]: {name: _number(name, value) for name, value in zip(MOVED, row[1:], strict=True)}
        for row in rows
    }


def money_by_day(since: dt.date, until: dt.date) -> dict[dt.date, dict[str, int]]:
    """Sum what customers paid and got back, all columns of `MONEY`, on days on which they did."""
    start, stop = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (since, until))
    with connection.cursor() as cursor:
        cursor.execute(sql.read("money"), {"since": start, "until": stop})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {row[0]: dict(zip(MONEY, map(int, row[1:]), strict=True)) for row in rows}


def _moved(since: dt.date, until: dt.date, closed: ClosedDay | None) -> dict[dt.date, dict[str, Any]]:
    rows = ClosedDay.objects.filter(day__gte=since, day__lt=until)
    found = {row.day: {name: getattr(row, name) for name in MOVED} for row in rows}
    begins = max(since, first_open(closed) or since)
    if begins < until:
        found |= moved_in_open_days(closed, begins, until)
    return found


def _paid(money: dict[str, int]) -> dict[str, int]:
    return {name: money.get(name, 0) for name in MONEY if name != "purchases"}


def rounded_cents(exact: Decimal) -> int:
    """Round half up to whole cents, for display; nothing is booked from them."""
    return int(exact.quantize(SMALL).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _number(name: str, value: Any) -> Any:
    return Decimal(value or 0) if name in EXACT else int(value or 0)
