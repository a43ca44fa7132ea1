"""What the image engine sums up when a day is closed: usage of every workspace, revenue and cost of every model."""

import datetime as dt
from typing import Any, Final

from django.db import connection

from billing.accounting import revenue
from billing.accounting.revenue import ONE_DAY
from billing.ledger.statement import first_id
from billing.models import ClosedDay
from billing.reconciliation.findings import Findings
from generation import sql
from generation.models import DailyCost, DailySpeed, DailyUsage
from generation.reporting import speed

type Spent = list[tuple[dt.date, str, int, int]]

AGAIN: Final = 7
"""Days summed again at each closing: what an attempt cost may become known late, and an image may end days after its order."""


def close_day(day: dt.date, closed: ClosedDay | None) -> None:
    """Sum up a day; the transaction that closes it is the caller's."""
    span: dict[str, Any] = {"workspace": None, "first": first_id(day), "end": first_id(day + ONE_DAY)}
    DailyUsage.objects.filter(day=day).delete()
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {sql.read('usage_moved')} {sql.read('close_usage')}", span)
    DailyCost.objects.filter(day=day).delete()
    DailyCost.objects.bulk_create(
        DailyCost(day=day, model_slug=model, images=images, revenue=earned)
        for _, model, images, earned in delivered(closed, day, day + ONE_DAY)
    )
    first = day - (AGAIN - 1) * ONE_DAY
    _sum_costs(first, day + ONE_DAY)
    DailySpeed.objects.filter(day__gte=first, day__lte=day).delete()
    DailySpeed.objects.bulk_create(
        DailySpeed(day=of, model_slug=model, stored=stored, failed=failed, durations=durations)
        for of, model, stored, failed, durations in speed.read(first, day + ONE_DAY)
    )


def delivered(
    closed: ClosedDay | None, since: dt.date, until: dt.date
) -> list[tuple[dt.date, str, int, Any]]:
    """Return day, model (empty if unknown), images and exact cents earned, for days that are not closed yet."""
    return revenue.query_open_days(sql.read("delivered"), closed, since, until)


def spent(since: dt.date, until: dt.date) -> Spent:
    """Return day, model and micro-dollars of attempts with and without delivery."""
    with connection.cursor() as cursor:
        cursor.execute(sql.read("spent"), {"first": first_id(since), "end": first_id(until)})
        return [(day, model, int(cost), int(lost)) for day, model, cost, lost in cursor.fetchall()]


def check(found: Findings) -> None:
    """Compare the sums of closed days with what the ledger closed them with."""
    with connection.cursor() as cursor:
        cursor.execute(sql.read("closed_sums"))
        for (words,) in cursor.fetchall():
            found.differ("closed day", words)


def _sum_costs(since: dt.date, until: dt.date) -> None:
    DailyCost.objects.filter(day__gte=since, day__lt=until).update(cost=0, lost=0)
    DailyCost.objects.bulk_create(
        (
            DailyCost(day=day, model_slug=model, cost=cost, lost=lost)
            for day, model, cost, lost in spent(since, until)
        ),
        update_conflicts=True,
        unique_fields=("day", "model_slug"),
        update_fields=("cost", "lost"),
    )
