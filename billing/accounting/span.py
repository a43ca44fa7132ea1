"""Days that a page for operators shows: a month, or a number of days up to today."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest
from django.utils import timezone

from billing.ledger.statement import next_month
from core.inputs import parsing

OLDEST = dt.date(2020, 1, 1)
MOST = 400


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `since` up to, but not including, `until` (UTC); `query` is the query string for them."""

    since: dt.date
    until: dt.date
    query: str
    name: str

    @classmethod
    def from_request(cls, request: HttpRequest) -> Self:
        """Parse `?month=2026-11` or `?days=30`; without either, or if malformed, take the current month."""
        if days := parsing.number(request.GET.get("days", ""), most=MOST):
            return cls.last(days)
        today = timezone.now().date()
        month = parsing.month(request.GET.get("month", "")) or today
        month = min(max(month, OLDEST), today).replace(day=1)
        until = min(next_month(month), today + dt.timedelta(days=1))
        return cls(month, until, f"month={month:%Y-%m}", f"{month:%Y-%m}")

    @classmethod
    def last(cls, days: int) -> Self:
        """Return so many days, today included."""
        until = timezone.now().date() + dt.timedelta(days=1)
        return cls(
            until - dt.timedelta(days=days),
            until,
            f"days={days}",
            f"{days}-days-to-{until - dt.timedelta(days=1)}",
        )

    @property
    def before(self) -> dt.date:
        """The month before this one."""
        return (self.since.replace(day=1) - dt.timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> dt.date | None:
        """The month after this one, if it has begun."""
        following = next_month(self.since)
        return following if following <= timezone.now().date() else None

    def __str__(self) -> str:
        if self.query.startswith("month"):
            return f"{self.since:%B %Y}"
        days = (self.until - self.since).days
        return "today" if days == 1 else f"last {days} days"
