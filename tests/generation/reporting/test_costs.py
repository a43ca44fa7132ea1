"""Revenue, cost, margin and cost without delivery of every day and model, recomputed in plain Python."""

import csv
import datetime as dt
import io
from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection

from billing.accounting import revenue as revenue_by_day
from core.wording import money
from generation.models import Attempt, Image
from generation.reporting import costs
from tests.billing.history import BEGIN, LENGTH, day_of, replay, told
from tests.generation.reporting.pictured import picture
from tests.support.database import remembered

END = BEGIN + dt.timedelta(days=LENGTH)
DUST = Fraction(1, 10**8)


@pytest.fixture
def story(catalog):
    """A history whose captures are about images of some models, with attempts that delivered and such that did not."""
    return remembered("pictured history", pictured)


def pictured():
    history = told(5, 160)
    picture(5)
    return history


def test_every_day_and_model_is_what_its_rows_say(story):
    revenue, images, spent, lost = defaultdict(Fraction), Counter(), Counter(), Counter()
    model_of = {
        f"image:{row.pk}": row.generation.model.slug
        for row in Image.objects.select_related("generation__model")
    }
    for row, earned in replay()[0]:
        if row.kind == "capture":
            key = day_of(row.pk), model_of[row.reference]
            revenue[key] += earned
            images[key] += 1
    for row in Attempt.objects.select_related("image__generation__model"):
        if BEGIN <= day_of(row.pk) < END:
            (lost if row.is_loss else spent)[day_of(row.pk), row.image.generation.model.slug] += row.cost
    found = costs.by_day_and_model(BEGIN, END)
    assert len(found) >= 10
    keys = {(row.day, row.model) for row in found}
    assert keys == images.keys() | (+spent).keys() | (+lost).keys()
    for row in found:
        key = row.day, row.model
        assert abs(Fraction(row.revenue) - revenue[key]) < DUST
        assert (row.images, row.cost, row.lost) == (images[key], spent[key], lost[key])
        assert abs(Fraction(row.margin) - (revenue[key] - Fraction(spent[key], 10_000))) < DUST


def test_all_models_together_are_the_books_and_plain_sums(story):
    found = costs.total(costs.by_day_and_model(BEGIN, END + dt.timedelta(days=3)))
    booked = sum(one.by_images for one in revenue_by_day.by_day(BEGIN, END))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(cost) FILTER (WHERE NOT is_loss), sum(cost) FILTER (WHERE is_loss) FROM generation_attempt"
        )
        cost, lost = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM billing_transfer WHERE kind = 'capture'")
        (images,) = cursor.fetchone()
    assert abs(Fraction(found.revenue) - Fraction(booked)) < DUST
    assert (found.images, found.cost, found.lost) == (images, cost, lost)


def test_sums_by_day_and_by_model_are_the_same_whole(story):
    rows = costs.by_day_and_model(BEGIN, END)
    whole = costs.total(rows)
    for sums in (costs.by_day(rows), costs.by_model(rows)):
        assert costs.total(sums).revenue == whole.revenue
        assert sum(row.cost for row in sums) == whole.cost
        assert sum(row.lost for row in sums) == whole.lost


def test_the_page_and_its_csv_show_them(story, operator, client_for):
    browser, address = client_for(operator), f"/admin/generation/attempt/costs/?month={BEGIN:%Y-%m}"
    whole = costs.total(costs.by_day_and_model(BEGIN, BEGIN + dt.timedelta(days=31)))
    page = browser.get(address).content.decode()
    assert money(revenue_by_day.rounded_cents(whole.revenue)) in page
    rows = list(csv.DictReader(io.StringIO(browser.get(f"{address}&csv").content.decode())))
    assert sum(int(row["cost_microdollars"]) for row in rows) == whole.cost
    assert sum(int(row["lost_microdollars"]) for row in rows) == whole.lost
    assert abs(sum(Decimal(row["revenue_cents"]) for row in rows) - whole.revenue) < Decimal("1e-8")
    one = rows[0]["model"]
    assert {
        row["model"]
        for row in csv.DictReader(io.StringIO(browser.get(f"{address}&model={one}&csv").content.decode()))
    } == {one}


def test_nothing_is_nothing(catalog, operator, client_for):
    assert costs.total(costs.by_day_and_model(BEGIN, END)) is None
    page = client_for(operator).get("/admin/generation/attempt/costs/").content.decode()
    assert "Nothing was earned and nothing was spent." in page


def test_customers_do_not_see_costs(alice, client_for):
    assert client_for(alice).get("/admin/generation/attempt/costs/").status_code in {302, 403, 404}
