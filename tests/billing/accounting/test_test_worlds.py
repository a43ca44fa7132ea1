"""What happens in test worlds is in no sum of money, and still proved."""

import datetime as dt

import pytest
from django.utils import timezone

from billing import ledger
from billing.accounting import books, closing, revenue
from billing.accounting.dashboard import money_gauges
from billing.accounting.span import Span
from billing.ledger import balance
from billing.models import ClosedDay, ProvenPoint
from billing.purchases import checkout, test_payment
from billing.reconciliation import proven, run
from billing.reconciliation.invariants import violations
from core import ids


@pytest.fixture
def lived(bought, workspace, fund):
    """A purchase, a grant and a use in the live world."""
    fund(workspace, 50)
    bought()
    spend(workspace, 60, "live")


def spend(workspace, credits, name):
    ledger.hold(workspace, credits, reference=f"generation:{name}")
    ledger.capture(f"generation:{name}", credits - 1, key=f"{name}:0", about="image:1")


def rehearse(world, alice):
    """A purchase, a grant, a use and an open hold in the test world."""
    test_payment.pay(checkout.start(world, "growth", user=alice), alice)
    spend(world, 700, "test")


def figures():
    today = timezone.now().date()
    first, end = today - dt.timedelta(days=1), today + dt.timedelta(days=1)
    return (
        books.period_totals(first, end),
        books.outstanding(),
        revenue.by_day(first, end),
        [(one.name, one.value, one.detail) for one in money_gauges(Span.last(2))],
    )


def test_books_revenue_and_dashboard_are_the_same_as_before(lived, world, alice):
    before = figures()
    rehearse(world, alice)
    assert figures() == before
    assert balance.for_workspace(world).available == 1_500
    assert violations() == []


def test_closed_days_are_the_same_too_and_agree_with_their_transfers(lived, world, alice):
    today = timezone.now().date()
    rehearse(world, alice)
    closing.close(today)
    (closed,) = ClosedDay.objects.all()
    assert (closed.used, closed.sold, closed.granted, closed.outstanding) == (59, 400, 50, 391)
    assert run.compare_ledger(ids.NOBODY).differences == []
    proven.advance(None, proven.settled(), 0)
    assert ProvenPoint.objects.get().given == 391
    assert run.compare_ledger(proven.settled()).differences == []


@pytest.mark.tampers
def test_the_wallet_of_a_test_world_is_proved_as_any(world):
    world.wallet.available += 1
    world.wallet.save()
    assert any("I3" in line for line in violations())
    assert not any("I2" in line for line in violations())
