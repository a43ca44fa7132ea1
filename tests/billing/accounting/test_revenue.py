"""Every number of every day is recomputed in plain Python, transfer by transfer, over random histories."""

import csv
import datetime as dt
import io
import os
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection

from billing import ledger
from billing.accounting import books, revenue
from billing.ledger import consumption, lots
from billing.models import Dispute, Purchase, Refund
from core.wording import money
from tests.billing.history import BEGIN, LENGTH, History, Wallet, day_of, replay, spread, told

END = BEGIN + dt.timedelta(days=LENGTH)
DUST = Fraction(1, 10**8)
HISTORIES = int(os.environ.get("HISTORIES", "2"))
"""`HISTORIES=50` is the long run."""


@pytest.fixture(params=range(HISTORIES))
def history(request, db):
    return told(request.param)


def same(exact, fraction):
    return abs(Fraction(exact) - fraction) < DUST


def test_every_day_is_what_its_transfers_say(history):
    prices = {f"purchase:{row.pk}": Fraction(row.amount, row.credits) for row in Purchase.objects.all()}
    seen, _ = replay()
    rows, wallets = defaultdict(list), defaultdict(Wallet)
    for row, earned in seen:
        rows[day_of(row.pk)].append((row, earned))
    found = revenue.by_day(BEGIN, END)
    assert [one.day for one in found] == [BEGIN + dt.timedelta(days=n) for n in range(LENGTH)]
    assert sum(len(part) for part in rows.values()) == sum(len(rows[one.day]) for one in found)
    for one in found:
        today = rows[one.day]
        for row, _ in today:
            wallets[row.workspace_id].see(row, prices)

        def total(source=None, target=None, today=today):
            return sum(row.amount for row, _ in today if source == row.source or target == row.target)

        assert one.sold == total(source="sold")
        assert one.granted == total(source="granted")
        assert one.used == total(target="used")
        assert one.refunded == total(target="refunded") - total(source="refunded")
        assert one.disputed == total(target="disputed") - total(source="disputed")
        assert one.adjusted == total(source="adjusted") - total(target="adjusted")
        assert one.written_off == total(source="written_off")
        assert one.outstanding == sum(wallet.kept for wallet in wallets.values())
        assert one.debt == sum(wallet.owed for wallet in wallets.values())
        assert same(one.by_images, sum(earned for row, earned in today if row.kind == "capture"))
        assert same(one.otherwise, sum(earned for row, earned in today if row.kind != "capture"))
        assert same(one.liability, sum(wallet.worth()[1] for wallet in wallets.values()))


def test_what_an_image_earned_is_the_price_of_the_credits_that_it_used_up(history):
    """`earned.sql` prices positions on the line of lots, `uses.sql` counts what lies between two: the sums agree."""
    used = defaultdict(Fraction)
    for purchase in history.bought:
        for use in consumption.for_purchase(purchase):
            used[use.reference] += use.credits * Fraction(purchase.amount, purchase.credits)
    by_image = "SELECT reference, sum(earned) FROM earned WHERE kind = 'capture' GROUP BY reference"
    earned = dict(revenue.query_open_days(by_image, None, BEGIN, END))
    assert any(earned.values())
    assert used.keys() <= earned.keys()
    assert all(same(cents, used[reference]) for reference, cents in earned.items())


def test_money_of_a_day_is_the_sum_of_its_rows(history):
    paid = list(Purchase.objects.filter(status="paid"))
    back = list(Refund.objects.exclude(status="failed"))
    lost = list(Dispute.objects.filter(status="lost"))
    for one in revenue.by_day(BEGIN, END):
        bought = [row for row in paid if row.paid_at.date() == one.day]
        assert one.paid == sum(row.amount for row in bought)
        assert one.tax == sum(row.tax for row in bought)
        assert one.fees == sum(row.fee for row in bought)
        assert one.paid_back == sum(row.amount for row in back if row.created_at.date() == one.day)
        assert one.lost == sum(row.amount for row in lost if row.closed_at.date() == one.day)


def test_the_totals_are_those_of_the_books_and_of_plain_sql(history):
    found, now = revenue.by_day(BEGIN, END), books.outstanding()
    assert revenue.rounded_cents(sum(one.revenue for one in found)) == now.earned
    assert revenue.rounded_cents(found[-1].liability) == now.liability
    assert (found[-1].outstanding, found[-1].debt) == (now.available + now.held, now.debt)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, sum(amount) FROM billing_transfer GROUP BY kind")
        moved = dict(cursor.fetchall())
        cursor.execute("SELECT sum(amount), sum(fee) FROM billing_purchase WHERE status = 'paid'")
        paid, fees = cursor.fetchone()
    remaining = "SELECT sum(cents - left_cents), sum(left_cents) FROM remaining"
    ((earned, left),) = lots.read("remaining", statement=remaining)
    assert sum(one.sold for one in found) == moved["purchase"]
    assert sum(one.granted for one in found) == moved["grant"]
    assert sum(one.used for one in found) == moved["capture"]
    assert (sum(one.paid for one in found), sum(one.fees for one in found)) == (paid, fees)
    assert same(sum(one.revenue for one in found), Fraction(earned))
    assert same(found[-1].liability, Fraction(left))


def test_any_part_of_the_days_reads_as_in_the_whole(history):
    whole = revenue.by_day(BEGIN, END)
    for cut in range(1, LENGTH):
        day = BEGIN + dt.timedelta(days=cut)
        for part, one in zip(revenue.by_day(BEGIN, day) + revenue.by_day(day, END), whole, strict=True):
            for name in revenue.RevenueDay.__slots__:
                mine, theirs = getattr(part, name), getattr(one, name)
                assert same(mine, Fraction(theirs)) if name in revenue.EXACT else mine == theirs, name


def test_a_day_that_is_over_never_changes(db):
    story = History(9)
    for _ in range(120):
        story.step()
    spread()
    before = revenue.by_day(BEGIN, END)
    for _ in range(60):
        story.step()  # today, long after
    assert Purchase.objects.filter(created_at__date__gt=END).exists()
    after = revenue.by_day(BEGIN, END)
    for name in (*revenue.EXACT, "outstanding", "debt", "used"):
        for mine, theirs in zip(after, before, strict=True):
            assert same(getattr(mine, name), Fraction(getattr(theirs, name))), name


def test_free_credits_earn_nothing_and_paid_ones_their_price(bought, fund, workspace):
    fund(workspace, 5)
    bought()
    ledger.hold(workspace, 9, reference="generation:1")
    ledger.capture("generation:1", 9, key="c", about="image:1")
    today = dt.datetime.now(dt.UTC).date()
    (found,) = revenue.by_day(today, today + dt.timedelta(days=1))
    assert found.revenue == 4 * 1_000 / 400
    assert (found.outstanding, revenue.rounded_cents(found.liability)) == (396, 990)


def test_the_page_of_a_month_shows_exact_sums_rounded_once(history, operator, client_for):
    browser = client_for(operator)
    address = f"/admin/billing/reconciliation/books/days/?month={BEGIN:%Y-%m}"
    found = revenue.by_day(BEGIN, END)
    page = browser.get(address).content.decode()
    assert money(revenue.rounded_cents(sum(one.revenue for one in found))) in page
    assert money(books.outstanding().liability) in page
    rows = list(csv.DictReader(io.StringIO(browser.get(f"{address}&csv").content.decode())))
    assert len(rows) == 31
    assert (
        revenue.rounded_cents(sum(Decimal(row["revenue_cents"]) for row in rows))
        == books.outstanding().earned
    )
    assert sum(int(row["fees_cents"]) for row in rows) == sum(
        Purchase.objects.filter(status="paid").values_list("fee", flat=True)
    )
    assert int(rows[-1]["outstanding"]) == found[-1].outstanding


@pytest.mark.parametrize("month", ["", "no-month", "9999-12", "2026-13"])
def test_a_month_that_is_none_is_the_current_one(db, operator, client_for, month):
    answer = client_for(operator).get(f"/admin/billing/reconciliation/books/days/?month={month}")
    assert f"{dt.datetime.now(dt.UTC):%B %Y}" in answer.content.decode()


def test_customers_do_not_see_the_days(alice, client_for):
    assert client_for(alice).get("/admin/billing/reconciliation/books/days/").status_code in {302, 403, 404}
