"""How many images of each model came and failed, and how long they took: closed days as summed, others as they are."""

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from billing.accounting.revenue import first_open, while_unchanged
from billing.ledger.statement import first_id
from billing.models import ClosedDay
from generation import sql
from generation.models import DailySpeed

BASE: Final = 1.05
"""Durations are counted by powers of it, so a percentile is known to 2.5 %."""


@dataclass(slots=True)
class Speed:
    """Images that ended: `durations` counts delivered ones by the power of `BASE` that they took in seconds."""

    stored: int = 0
    failed: int = 0
    durations: Counter[int] = field(default_factory=Counter)

    def add(self, stored: int, failed: int, durations: dict[str, int]) -> None:
        """Add those of another day."""
        self.stored += stored
        self.failed += failed
        self.durations.update({int(power): number for power, number in durations.items()})

    def percentile(self, share: float) -> float | None:
        """Return the seconds that so large a share took at most; None if nothing was delivered."""
        left = share * self.durations.total()
        for power, number in sorted(self.durations.items()):
            left -= number
            if left <= 0:
                return float(BASE ** (power + 0.5))
        return None


def by_model(since: dt.date, until: dt.date) -> dict[str, Speed]:
    """Sum up images ordered from `since` up to, but not including, `until`."""
    return while_unchanged(lambda closed: _by_model(since, until, closed))


def read(since: dt.date, until: dt.date) -> list[tuple[dt.date, str, int, int, dict[str, int]]]:
    """Return day, model, images delivered and failed, and how many took how long, from the images themselves."""
    with connection.cursor() as cursor:
        cursor.execute(sql.read("speed"), {"first": first_id(since), "end": first_id(until)})
        return [(*row[:4], json.loads(row[4])) for row in cursor.fetchall()]


def _by_model(since: dt.date, until: dt.date, closed: ClosedDay | None) -> dict[str, Speed]:
    found: dict[str, Speed] = {}
    for row in DailySpeed.objects.filter(day__gte=since, day__lt=until):
        found.setdefault(row.model_slug, Speed()).add(row.stored, row.failed, row.durations)
    begins = max(since, first_open(closed) or since)
    for _, model, stored, failed, durations in read(begins, until) if begins < until else ():
        found.setdefault(model, Speed()).add(stored, failed, durations)
    return found
