"""Usage of a workspace: credits and images by day, member, token, model and source.

Every number is a sum over the ledger's captures: closed days were summed once, the others are summed when asked. Only the
model is known to this app alone.
"""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User, Workspace
from billing.accounting.revenue import first_open, while_unchanged
from billing.ledger.statement import first_id, next_month
from billing.models import ClosedDay
from core import ids
from generation import sql
from generation.models import Source

_USAGE = f"WITH {sql.read('usage_moved')} {sql.read('usage')}"
MONTH = dt.timedelta(days=30)


class Dimension(enum.StrEnum):
    """The dimensions that usage may be split by."""

    SOURCE = "source"
    MEMBER = "member"
    TOKEN = "token"  # noqa: S105 -- a word
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` up to, not including, `until`, with a name."""

    since: dt.date
    until: dt.date
    label: str = ""

    @property
    def last(self) -> dt.date:
        """Last day of the period."""
        return self.until - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UsageGroup:
    """A value of a dimension: its name, and its public id if it has one."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """Images delivered, images that failed and cost nothing, credits charged."""

    images: int = 0
    not_charged: int = 0
    credits: int = 0

    def __add__(self, other: "UsageTotal") -> "UsageTotal":
        return UsageTotal(
            self.images + other.images, self.not_charged + other.not_charged, self.credits + other.credits
        )


@dataclass(frozen=True, slots=True)
class UsageCell:
    """The usage of one person or token in one day, with one model and from one source."""

    day: dt.date
    keys: dict[Dimension, UsageGroup]
    amount: UsageTotal


STUDIO, PROGRAMS = UsageGroup("studio", "Studio"), UsageGroup("programs", "API and batches")
SOURCES = {
    Source.STUDIO: STUDIO, Source.TRIAL: STUDIO, Source.API: PROGRAMS, Source.OPENAI: PROGRAMS, Source.BATCH: PROGRAMS,
}  # fmt: skip
ELSEWHERE = UsageGroup("", "Elsewhere")
NO_MEMBER, NO_TOKEN, NO_MODEL = (
    UsageGroup("", "By token"),
    UsageGroup("", "In the browser"),
    UsageGroup("", "Not known"),
)


def periods(today: dt.date | None = None) -> dict[str, Period]:
    """Return the periods to choose from, the default first."""
    day = today or timezone.now().date()
    month, tomorrow = day.replace(day=1), day + dt.timedelta(days=1)
    before = (month - dt.timedelta(days=1)).replace(day=1)
    return {
        "this_month": Period(month, tomorrow, f"{month:%B %Y}"),
        "last_month": Period(before, next_month(before), f"{before:%B %Y}"),
        "30_days": Period(tomorrow - MONTH, tomorrow, "Last 30 days"),
    }


def cells(workspace: Workspace, period: Period) -> list[UsageCell]:
    """Return all usage in a period, oldest first, as finely as it can be split."""
    return while_unchanged(lambda closed: _cells(workspace, period, closed))


def total(found: Iterable[UsageCell]) -> UsageTotal:
    """Sum up cells."""
    return sum((cell.amount for cell in found), UsageTotal())


def group_by(found: Iterable[UsageCell], by: Dimension) -> list[tuple[UsageGroup, UsageTotal]]:
    """Sum by the values of a dimension, the largest first."""
    sums: dict[UsageGroup, UsageTotal] = {}
    for cell in found:
        sums[cell.keys[by]] = sums.get(cell.keys[by], UsageTotal()) + cell.amount
    return sorted(sums.items(), key=lambda one: (-one[1].credits, -one[1].images, one[0].label))


def by_day(found: Iterable[UsageCell], period: Period) -> list[tuple[dt.date, UsageTotal]]:
    """Sum by days of the period, including those without usage, oldest first."""
    days = [period.since + dt.timedelta(days=n) for n in range((period.until - period.since).days)]
    sums = dict.fromkeys(days, UsageTotal())
    for cell in found:
        sums[cell.day] += cell.amount
    return list(sums.items())


def _cells(workspace: Workspace, period: Period, closed: ClosedDay | None) -> list[UsageCell]:
    begins = max(period.since, first_open(closed) or period.since)
    parameters: dict[str, Any] = {
        "workspace": workspace.pk,
        "since": period.since,
        "until": period.until,
        "first": first_id(begins),
        "end": first_id(period.until),
    }
    with connection.cursor() as cursor:
        cursor.execute(_USAGE, parameters)
        return [_cell(row) for row in cursor.fetchall()]


def _cell(row: tuple[Any, ...]) -> UsageCell:
    day, actor, name, email, token, token_name, model, label, source, images, missing, credits = row
    person = User(name=name, email=email).display_name or "Somebody who left"
    return UsageCell(
        day,
        {
            Dimension.SOURCE: SOURCES[Source(source)] if source in SOURCES else ELSEWHERE,
            Dimension.MEMBER: UsageGroup(ids.public("usr", actor), person) if actor else NO_MEMBER,
            Dimension.TOKEN: UsageGroup(ids.public("tok", token), token_name or "A token that is gone")
            if token
            else NO_TOKEN,
            Dimension.MODEL: UsageGroup(model, label) if model else NO_MODEL,
        },
        UsageTotal(images, missing, credits),
    )
