"""Usage says what the ledger says, whoever asks and however it is split."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection

from accounts import tokens
from accounts.models import Scope
from billing.ledger import statement
from billing.models.ledger import Transfer
from generation.lifecycle import settlement
from generation.models import Reason
from generation.orders.submit import submit
from generation.reporting import usage, usage_chart
from generation.reporting.usage import Dimension, UsageTotal
from tests.generation.conftest import deliver


@pytest.fixture
def used(funded, alice, bob, order):
    """Two people and a token have made images with two models, and one image did not come."""
    token, _ = tokens.issue(funded, name="=shop", scopes=Scope.values, user=alice)
    for options, who in [
        ({"quality": "medium"}, {"user": alice, "source": "studio"}),
        ({"quality": "high"}, {"user": alice, "source": "studio"}),
        ({"model": "gpt-image-2", "quality": "high"}, {"user": bob, "source": "studio"}),
        ({"quality": "max"}, {"token": token, "source": "api"}),
    ]:
        made = submit(funded, order(**options), **who)
        deliver(made, f"w/{made.pk}.png", f"w/{made.pk}.webp")
    lost = submit(funded, order(), user=bob, source="studio")
    settlement.fail(settlement.lock(lost.pk), lost.images.get(), Reason.TIMEOUT)
    settlement.close(lost)
    return token


def this_month(workspace):
    return usage.cells(workspace, usage.periods()["this_month"])


def captured(workspace, **filters):
    """What the ledger itself says, added up by hand."""
    rows = Transfer.objects.filter(workspace=workspace, kind="capture", **filters)
    return sum(rows.values_list("amount", flat=True))


def test_every_split_adds_up_to_the_ledger_s_captures(used, funded, alice, bob):
    found = this_month(funded)
    assert usage.total(found) == UsageTotal(images=4, not_charged=1, credits=captured(funded))
    for by in Dimension:
        assert sum((one for _, one in usage.group_by(found, by)), UsageTotal()) == usage.total(found)
    assert sum(
        (one for _, one in usage.by_day(found, usage.periods()["this_month"])), UsageTotal()
    ) == usage.total(found)
    members = {key.label: amount.credits for key, amount in usage.group_by(found, Dimension.MEMBER)}
    assert members == {
        "Alice": captured(funded, actor=alice),
        "Bob": captured(funded, actor=bob),
        "By token": captured(funded, token=used),
    }
    by_token = {key.label: amount.credits for key, amount in usage.group_by(found, Dimension.TOKEN)}
    assert by_token == {
        "=shop": captured(funded, token=used),
        "In the browser": captured(funded, token=None),
    }
    assert usage.total(found).credits == statement.spent_since(funded, usage.periods()["this_month"].since)


def test_models_and_sources_are_those_of_the_images(used, funded):
    found = this_month(funded)
    models = {
        key.id: (amount.images, amount.not_charged) for key, amount in usage.group_by(found, Dimension.MODEL)
    }
    assert models == {"gpt-image-2.5-flare": (3, 1), "gpt-image-2": (1, 0)}
    assert [key.label for key, _ in usage.group_by(found, Dimension.SOURCE)] == ["Studio", "API and batches"]


def test_what_is_asked_for_is_one_query(used, funded, django_assert_num_queries):
    """Beside which day was closed last, before and after it."""
    with django_assert_num_queries(3):
        this_month(funded)


def test_a_stranger_s_images_are_nobody_else_s_usage(used, other_workspace):
    assert this_month(other_workspace) == []


def test_what_is_no_image_counts_all_the_same(funded, fund):
    """The ledger's word holds even where nothing is known about an image."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_hold(%s, 3, 'generation:1', NULL, NULL)", [funded.pk])
        cursor.execute("SELECT ledger_capture('generation:1', 3, 'c1', 'image:nonsense', '')")
    (cell,) = this_month(funded)
    assert (cell.amount.credits, cell.keys[Dimension.MODEL].label) == (3, "Not known")


def test_the_page_shows_chart_table_and_sums(used, funded, alice, client_for):
    page = client_for(alice).get("/workspace/usage?by=model").content.decode()
    spent = captured(funded)
    assert f"<dt>Credits spent</dt><dd>{spent}</dd>" in page
    assert f": {spent}. The table below has the numbers." in page
    assert page.count("<rect") >= 2
    assert "GPT Image 2.5 Flare" in page or "2.5 Flare" in page
    assert "Today, so far" in page
    assert 'style="' not in page


def test_nothing_used_is_said(funded, alice, client_for):
    page = client_for(alice).get("/workspace/usage?period=last_month&by=nonsense").content.decode()
    assert "Nothing used" in page


def test_the_file_adds_up_and_has_no_formula(used, funded, alice, client_for):
    answer = client_for(alice).get("/workspace/usage.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="usage-alice-this-month.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert sum(int(row["credits"]) for row in rows) == captured(funded)
    assert "'=shop" in {row["token"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in {"=", "+", "-", "@"}]


@pytest.mark.parametrize(
    ("today", "name", "since", "until"),
    [
        (dt.date(2026, 11, 26), "this_month", dt.date(2026, 11, 1), dt.date(2026, 11, 27)),
        (dt.date(2026, 1, 1), "last_month", dt.date(2025, 12, 1), dt.date(2026, 1, 1)),
        (dt.date(2026, 3, 1), "30_days", dt.date(2026, 1, 31), dt.date(2026, 3, 2)),
    ],
)
def test_periods_are_whole_days(today, name, since, until):
    period = usage.periods(today)[name]
    assert (period.since, period.until) == (since, until)


@pytest.mark.parametrize(
    ("most", "top"), [(1, 3), (3, 3), (4, 6), (16, 30), (89, 90), (91, 150), (901, 1500)]
)
def test_the_scale_can_be_read_at_its_thirds(most, top):
    period = usage.periods(dt.date(2026, 11, 2))["this_month"]
    cell = usage.UsageCell(
        dt.date(2026, 11, 1), dict.fromkeys(Dimension, usage.STUDIO), UsageTotal(images=1, credits=most)
    )
    chart = usage_chart.draw([cell], Dimension.SOURCE, period, dt.date(2026, 11, 2))
    assert chart.scale == [top, top * 2 // 3, top // 3, 0]
    assert (len(chart.days), chart.dates) == (2, ["1", "3", "5", "7 Nov"])
    assert chart.bars[0].width < 60


def test_the_two_that_used_most_stand_out_of_many():
    period = usage.periods(dt.date(2026, 11, 26))["30_days"]
    cells = [
        usage.UsageCell(
            dt.date(2026, 11, 20),
            dict.fromkeys(Dimension, usage.UsageGroup(f"usr_{n}", f"P{n}")),
            UsageTotal(images=n, credits=n),
        )
        for n in range(1, 6)
    ]
    chart = usage_chart.draw(cells, Dimension.MEMBER, period, dt.date(2026, 11, 26))
    assert chart.parts == [("P5", ""), ("P4", "second"), ("Others", "third")]
    (day,) = [one for one in chart.days if one.total]
    assert (day.parts, day.total) == ([5, 4, 6], 15)
    assert chart.dates == ["28 Oct", "7", "16", "26 Nov"]
