"""The books: credits and money by period, and what is outstanding. Every number is a sum over rows.

Test worlds are no part of them.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from billing.accounting.revenue import MONEY, first_open, money_by_day, rounded_cents, while_unchanged
from billing.ledger import lots
from billing.ledger.statement import first_id
from billing.models import ClosedDay

MOVED = ("sold", "granted", "used", "refunded", "disputed", "adjusted", "written_off")
_MOVED = """
    SELECT coalesce(sum(amount) FILTER (WHERE kind = 'purchase'), 0),
           coalesce(sum(amount) FILTER (WHERE kind = 'grant'), 0),
           coalesce(sum(amount) FILTER (WHERE kind = 'capture'), 0),
           coalesce(sum(CASE WHEN target = 'refunded' THEN amount WHEN source = 'refunded' THEN -amount END), 0),
           coalesce(sum(CASE WHEN target = 'disputed' THEN amount WHEN source = 'disputed' THEN -amount END), 0),
           coalesce(sum(CASE WHEN source = 'adjusted' THEN amount WHEN target = 'adjusted' THEN -amount END), 0),
           coalesce(sum(amount) FILTER (WHERE kind = 'write_off'), 0)
    FROM billing_transfer
    WHERE id >= %s AND id < %s AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
"""
_WALLETS = """
    SELECT coalesce(sum(available), 0), coalesce(sum(held), 0), coalesce(sum(debt), 0) FROM billing_wallet
    WHERE workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
"""


@dataclass(frozen=True, slots=True)
class PeriodTotals:
    """Movements between two days (UTC, the second one excluded): credits, then cents; `purchases` is a count.

    `paid` is what customers paid, tax aside, whatever has become of the credits since: revenue is another matter
    (`revenue.by_day`).
    """

    sold: int
    granted: int
    used: int
    refunded: int
    disputed: int
    adjusted: int
    written_off: int
    paid: int
    tax: int
    fees: int
    purchases: int
    paid_back: int
    lost: int


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Credits that customers have outstanding now, and the money behind them.

    Attributes:
        available, held, debt: credits of all wallets.
        paid_credits: outstanding credits that were bought.
        liability: cents paid for these.
        earned: cents, net of refunds, whose credits are used up.
    """

    available: int
    held: int
    debt: int
    paid_credits: int
    liability: int
    earned: int


def period_totals(first: dt.date, end: dt.date) -> PeriodTotals:
    """Sum the days from `first` up to, but not including, `end`."""
    moved = while_unchanged(lambda closed: _moved(first, end, closed))
    money = money_by_day(first, end).values()
    return PeriodTotals(*moved, **{name: sum(day[name] for day in money) for name in MONEY})


def outstanding() -> Outstanding:
    """Compute the liability, first in, first out."""
    available, held, debt = _row(_WALLETS)
    paid, left, credits = _row_of_lots()
    return Outstanding(available, held, debt, credits, rounded_cents(left), rounded_cents(paid - left))


def _moved(first: dt.date, end: dt.date, closed: ClosedDay | None) -> list[int]:
    """Sum `MOVED` over closed days and over what has moved since."""
    days = ClosedDay.objects.filter(day__gte=first, day__lt=end)
    summed = days.aggregate(**{name: Sum(name, default=0) for name in MOVED})
    begins = max(first, first_open(closed) or first)
    if begins >= end:
        return [summed[name] for name in MOVED]
    moved = _row(_MOVED, first_id(begins), first_id(end))
    return [summed[name] + more for name, more in zip(MOVED, moved, strict=True)]


def _row_of_lots() -> tuple[Decimal, Decimal, int]:
    sums = """
        SELECT coalesce(sum(cents), 0), coalesce(sum(left_cents), 0),
               coalesce(sum(left_credits) FILTER (WHERE kind = 'purchase'), 0)
        FROM remaining
    """
    ((paid, left, credits),) = lots.read("remaining", statement=sums)
    return Decimal(paid), Decimal(left), int(credits)


def _row(statement: str, *parameters: object) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))  # type: ignore[arg-type]
        row = cursor.fetchone()
    assert row is not None, "a sum is one row"
    return tuple(int(value) for value in row)
