"""Usage, revenue and cost read the same whether their days are closed or not."""

import datetime as dt
import random
from collections import Counter
from fractions import Fraction

import pytest
from django.db import connection

from billing.accounting import closing as days
from billing.models.ledger import Transfer
from billing.reconciliation.findings import Findings
from generation.models import Attempt, DailyCost, DailyUsage, Image
from generation.reporting import closing, costs, speed, usage
from generation.sql import read
from tests.billing.history import BEGIN, LENGTH, History, spread, uuid7
from tests.generation.reporting.pictured import picture

ONE_DAY = dt.timedelta(days=1)
END = BEGIN + LENGTH * ONE_DAY
DUST = Fraction(1, 10**8)


@pytest.fixture
def story(catalog):
    chance = random.Random(7)
    start = dt.datetime.combine(BEGIN, dt.time(), dt.UTC)
    history = History(5, images=lambda: uuid7(start + chance.random() * LENGTH * ONE_DAY, chance))
    for _ in range(160):
        history.step()
    spread()
    picture(5)
    return history


def close(first, last):
    for number in range(first, last):
        days.close(BEGIN + number * ONE_DAY)


def figures(since=BEGIN, until=END):
    return {
        (row.day, row.model): (row.label, row.images, row.cost, row.lost, Fraction(row.revenue))
        for row in costs.by_day_and_model(since, until)
    }


def assert_same(mine, theirs):
    assert mine.keys() == theirs.keys()
    for key, (*words, revenue) in mine.items():
        assert words == list(theirs[key][:-1])
        assert abs(revenue - theirs[key][-1]) < DUST


def test_revenue_and_cost(story):
    whole = figures()
    for cut in range(1, LENGTH + 1):
        close(cut - 1, cut)
        assert_same(figures(), whole)
    day = BEGIN + 4 * ONE_DAY
    assert_same(figures(BEGIN, day) | figures(day, END), whole)


def test_a_cost_that_becomes_known_late_is_summed_again(story):
    close(0, 5)
    row = Attempt.objects.filter(is_loss=False).order_by("id").last()
    day = dt.datetime.fromtimestamp((row.pk.int >> 80) / 1000, dt.UTC).date()
    close(5, (day - BEGIN).days + 1)
    before = sum(DailyCost.objects.filter(day=day).values_list("cost", flat=True))
    Attempt.objects.filter(pk=row.pk).update(cost=row.cost + 17)
    days.close(day + ONE_DAY)
    assert sum(DailyCost.objects.filter(day=day).values_list("cost", flat=True)) == before + 17


def test_usage(story):
    period = usage.Period(BEGIN, END)
    before = [sorted(usage.cells(one, period), key=repr) for one in story.workspaces]
    assert all(before)
    for cut in range(1, LENGTH + 1):
        close(cut - 1, cut)
        assert [sorted(usage.cells(one, period), key=repr) for one in story.workspaces] == before
    captured = sum(Transfer.objects.filter(kind="capture").values_list("amount", flat=True))
    assert sum(DailyUsage.objects.values_list("credits", flat=True)) == captured


def test_speed(story):
    for number, row in enumerate(Image.objects.order_by("id")):
        Image.objects.filter(pk=row.pk).update(
            created_at=row.finished_at - dt.timedelta(seconds=1 + number % 40)
        )
    until = dt.datetime.now(dt.UTC).date() + ONE_DAY
    found = speed.by_model(BEGIN, until)
    whole = sum((one.durations for one in found.values()), Counter())
    assert sum(one.stored for one in found.values()) == whole.total() == Image.objects.count() > 9
    seconds = sorted((row.finished_at - row.created_at).total_seconds() for row in Image.objects.all())
    assert abs(speed.Speed(durations=whole).percentile(0.95) / seconds[int(0.95 * len(seconds))] - 1) < 0.06
    for cut in range(1, LENGTH + 1):
        close(cut - 1, cut)
        assert speed.by_model(BEGIN, until) == found
    assert speed.Speed().percentile(0.95) is None


def test_closed_usage_is_read_without_its_images(story):
    """The statement reads a month by its rows of the workspace, not by its transfers."""
    close(0, LENGTH)
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN WITH {read('usage_moved')} {read('usage')}",
            {
                "workspace": story.workspaces[0].pk,
                "since": BEGIN,
                "until": END,
                "first": "f" * 32,
                "end": "f" * 32,
            },
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on billing_transfer" not in plan


def test_sums_that_differ_from_the_ledger_are_found_at_night(story):
    close(0, LENGTH)
    found = Findings()
    closing.check(found)
    assert found.differences == []
    usage_row, cost_row = DailyUsage.objects.order_by("day")[2], DailyCost.objects.order_by("day").last()
    DailyUsage.objects.filter(pk=usage_row.pk).update(credits=usage_row.credits + 1)
    DailyCost.objects.filter(pk=cost_row.pk).update(revenue=cost_row.revenue + 1)
    closing.check(found)
    assert [
        str(day) in line for day, line in zip((usage_row.day, cost_row.day), found.differences, strict=True)
    ]
