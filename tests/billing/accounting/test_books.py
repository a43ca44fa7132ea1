"""Every number of the books is recomputed here from the rows, in plain Python."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing import ledger
from billing.accounting import books
from billing.ledger import lots
from billing.models import Purchase
from billing.models.ledger import Transfer
from billing.refunds import refund


@pytest.fixture
def trade(bought, workspace, fund, operator, stripe):
    fund(workspace, 50)
    first, second = bought(), bought("growth")
    ledger.hold(workspace, 300, reference="generation:1")
    ledger.capture("generation:1", 250, key="c", about="image:1")
    refund.refund(second, credits=200, reason="Too many", actor=operator)
    ledger.adjust(workspace, 10, key="a", reason="Goodwill", actor=operator)
    ledger.adjust(workspace, -4, key="b", reason="Mistake", actor=operator)
    return first, second


def days():
    today = timezone.now().date()
    return today - dt.timedelta(days=1), today + dt.timedelta(days=1)


def test_a_period_is_the_sum_of_its_transfers(trade):
    rows = list(Transfer.objects.all())

    def between(source=None, target=None):
        return sum(row.amount for row in rows if source == row.source or target == row.target)

    found = books.period_totals(*days())
    assert found.sold == between(source="sold") == 1_600
    assert found.granted == between(source="granted") == 50
    assert found.used == between(target="used") == 250
    assert found.refunded == between(target="refunded") - between(source="refunded") == 200
    assert found.adjusted == between(source="adjusted") - between(target="adjusted") == 6
    assert found.paid == sum(Purchase.objects.filter(status="paid").values_list("amount", flat=True)) == 4_000
    assert (found.paid_back, found.purchases, found.lost) == (500, 2, 0)


def test_another_period_has_nothing_of_it(trade):
    first, end = (day + dt.timedelta(days=40) for day in days())
    assert set(books.period_totals(first, end).__getstate__()) == {0}


def test_the_liability_is_what_is_left_of_each_purchase_at_its_price(trade, workspace):
    found = books.outstanding()
    prices = {row.reference: (row.amount, row.credits) for row in trade}
    left = [(lot, prices[lot.reference]) for lot in lots.for_workspace(workspace) if lot.reference in prices]
    assert found.paid_credits == sum(lot.left for lot, _ in left)
    assert found.liability == round(sum(lot.left * cents / credits for lot, (cents, credits) in left))
    # 50 granted go first, then 204 of the first purchase: 250 used and 4 taken away
    assert found.paid_credits == 400 - 204 + 1_000
    assert found.earned == 204 * 1_000 // 400


def test_earned_and_owed_are_all_that_was_paid_and_not_paid_back(trade):
    now, moved = books.outstanding(), books.period_totals(*days())
    assert now.earned + now.liability == moved.paid - moved.paid_back


def test_an_empty_house_has_empty_books(db):
    assert set(books.outstanding().__getstate__()) == {0}


def test_the_page_and_its_csv_show_the_sums_of_the_rows(trade, operator, client_for):
    browser = client_for(operator)
    page = browser.get("/admin/billing/reconciliation/books/").content.decode()
    assert "$40.00" in page  # all that was paid
    assert "1,600" in page  # credits sold
    assert f"{books.outstanding().paid_credits:,}" in page
    rows = list(
        csv.DictReader(io.StringIO(browser.get("/admin/billing/reconciliation/books/?csv").content.decode()))
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount) FROM billing_transfer WHERE kind = 'capture'")
        (used,) = cursor.fetchone()
        cursor.execute("SELECT sum(amount) FROM billing_purchase WHERE status = 'paid'")
        (paid,) = cursor.fetchone()
    assert sum(int(row["used"]) for row in rows) == used
    assert sum(int(row["paid_cents"]) for row in rows) == paid


def test_customers_do_not_see_the_books(trade, alice, client_for):
    assert client_for(alice).get("/admin/billing/reconciliation/books/").status_code in {302, 403, 404}


def test_revenue_and_paid_are_two_words_each_defined_where_it_stands(trade, operator, client_for):
    """400 credits were used of what was paid: two sums, and one name for each on every page and in every file."""
    desk = client_for(operator)
    names = ("billing_books", "billing_days", "generation_costs", "index")
    pages = {name: " ".join(desk.get(reverse(f"admin:{name}")).content.decode().split()) for name in names}
    for page in pages.values():
        assert "<b>Revenue</b> is what credits earn by being used" in page
        assert "<b>Paid</b> is what customers paid for purchases" in page
    heads = {
        name: desk.get(f"{reverse(f'admin:{name}')}?csv").content.decode().splitlines()[0].split(",")
        for name in names[:3]
    }
    assert [name for name in heads if "revenue_cents" in heads[name]] == ["billing_days", "generation_costs"]
    assert [name for name in heads if "paid_cents" in heads[name]] == ["billing_books", "billing_days"]
    assert not {"recognized_cents", "earned_cents"} & {head for found in heads.values() for head in found}
