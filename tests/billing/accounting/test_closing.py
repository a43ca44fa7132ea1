"""Days are closed once nothing can move in them, and then say for good what their transfers said."""

import datetime as dt
import threading
import time
from fractions import Fraction

import pytest
from django.db import connection, transaction

from billing import ledger
from billing.accounting import books, closing, revenue
from billing.ledger import statement
from billing.models import ClosedDay, Horizon
from billing.reconciliation import run
from tests.billing.history import BEGIN, LENGTH, told

END = BEGIN + dt.timedelta(days=LENGTH)
DUST = Fraction(1, 10**8)
PATIENCE = 300.0
"""Seconds, as long as a test of another process may be in its transaction."""


@pytest.fixture(params=range(2))
def history(request, db):
    return told(request.param)


def close_until(day):
    begins = revenue.first_open(revenue.last_closed()) or BEGIN
    for number in range((day - begins).days):
        closing.close(begins + dt.timedelta(days=number))


def once_nobody_else_writes(close_days):
    """Close days as the worker does, again and again: transactions of the server's other databases are waited for, too."""
    deadline = time.monotonic() + PATIENCE
    while not (days := close_days()):
        assert time.monotonic() < deadline, "No day was closed."
        time.sleep(0.05)
    return days


def assert_same(mine, theirs):
    for one, other in zip(mine, theirs, strict=True):
        for name in revenue.RevenueDay.__slots__:
            left, right = getattr(one, name), getattr(other, name)
            if name in revenue.EXACT:
                assert abs(Fraction(left) - Fraction(right)) < DUST, (one.day, name)
            else:
                assert left == right, (one.day, name)


def test_closing_a_day_changes_no_number(history):
    whole, since = revenue.by_day(BEGIN, END), BEGIN - dt.timedelta(days=2)
    totals = books.period_totals(BEGIN, END)
    for number in range(1, LENGTH + 1):
        day = BEGIN + dt.timedelta(days=number)
        close_until(day)
        assert revenue.last_closed().day == day - dt.timedelta(days=1)
        assert_same(revenue.by_day(since, END)[2:], whole)
        assert books.period_totals(BEGIN, END) == totals
        # Any part of it, across the last closed day or not.
        for cut in (day - dt.timedelta(days=2), day + dt.timedelta(days=1)):
            if BEGIN < cut < END:
                assert_same(revenue.by_day(BEGIN, cut) + revenue.by_day(cut, END), whole)
    assert ClosedDay.objects.count() == LENGTH


def test_what_happens_later_is_priced_from_where_the_day_was_closed(history):
    close_until(END)
    for _ in range(80):
        history.step()
    today = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    closed = revenue.by_day(BEGIN, today)
    ClosedDay.objects.all().delete()
    assert_same(closed, revenue.by_day(BEGIN, today))


def test_what_a_workspace_used_since_a_day(history):
    days = [BEGIN + dt.timedelta(days=number) for number in range(LENGTH)]
    expected = [[statement.spent_since(one, day) for day in days] for one in history.workspaces]
    assert any(any(used) for used in expected)
    for cut in (1, 5, LENGTH):
        close_until(BEGIN + dt.timedelta(days=cut))
        assert [[statement.spent_since(one, day) for day in days] for one in history.workspaces] == expected


def test_a_day_is_closed_once(history):
    close_until(BEGIN + dt.timedelta(days=3))
    before = list(ClosedDay.objects.values())
    closing.close(BEGIN + dt.timedelta(days=1))
    assert list(ClosedDay.objects.values()) == before


def test_a_closed_day_that_differs_from_its_transfers_is_found_at_night(history):
    close_until(END)
    assert not [line for line in run.check_own_books() if "closed day" in line]
    day = ClosedDay.objects.order_by("day")[4]
    ClosedDay.objects.filter(pk=day.pk).update(used=day.used + 1)
    (found,) = [line for line in run.check_own_books() if "closed day" in line]
    assert f"{day.day}" in found
    assert f"{day.used + 1}" in found
    assert closing.reopen() == LENGTH
    close_until(END)
    assert not [line for line in run.check_own_books() if "closed day" in line]


@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.django_db(transaction=True)
class TestSettled:
    """Ids are made before their transaction commits."""

    def test_a_day_waits_for_a_transaction_that_ran_when_it_ended(self, workspace, fund, monkeypatch):
        fund(workspace, 20)
        tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        monkeypatch.setattr(closing.clock, "now", lambda: tomorrow)
        begun, go_on = threading.Event(), threading.Event()

        def slow():
            try:
                with transaction.atomic():
                    ledger.grant(workspace, 7, key="late", reference="grant")
                    begun.set()
                    assert go_on.wait(20)
            finally:
                connection.close()

        thread = threading.Thread(target=slow)
        thread.start()
        try:
            assert begun.wait(20)
            assert closing.close_days() == []
            assert closing.close_days() == []
        finally:
            go_on.set()
            thread.join()
        (day,) = once_nobody_else_writes(closing.close_days)
        assert revenue.by_day(day, day + dt.timedelta(days=1))[0].granted == 27
        assert ClosedDay.objects.get().granted == 27
        assert not Horizon.objects.exists()

    def test_today_is_not_closed(self, workspace, fund):
        fund(workspace, 5)
        assert closing.close_days() == []
