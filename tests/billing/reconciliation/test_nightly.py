"""The nightly proof: what is new every night, everything once a week, and no limit of Stripe's ends it."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe as library
from django.utils import timezone

from billing import tasks
from billing.models import Dispute, Purchase, Reconciliation, Refund
from billing.reconciliation import run
from billing.refunds import refund
from billing.stripe import pages
from tests.billing.stripe_events import deliver_all

pytestmark = pytest.mark.django_db
LISTS = ("/v1/payment_intents", "/v1/refunds", "/v1/disputes", "/v1/balance_transactions")


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    """Pages of one object, so that a few make several."""
    monkeypatch.setattr(pages, "PAGE", 1)


def night(day: int = 0) -> None:
    tasks.prove(int((datetime(2026, 11, 30, 3, 41, tzinfo=UTC) + timedelta(days=day)).timestamp()))


def latest() -> Reconciliation:
    found = run.latest()
    assert found is not None
    return found


def limited(stripe, path, *, skip=0, times=1, **more):
    rule = {"match": {"path": path}, "do": "status", "status": 429, "skip": skip, "times": times, **more}
    stripe.control.post("/script", json=[rule]).raise_for_status()


@pytest.mark.parametrize("path", [*LISTS, "/v1/balance"])
@pytest.mark.parametrize("page", [0, 1])
def test_a_limit_at_any_page_does_not_end_it(bought, operator, stripe, path, page):
    """Of each list two pages, and the balance is asked twice."""
    for purchase in (bought(), bought()):
        refund.refund(purchase, credits=10, reason="Asked for", actor=operator)
    for purchase in (bought(), bought()):
        stripe.do("disputes", payment_intent=purchase.payment_intent)
    deliver_all(stripe.events("charge.dispute.created", "charge.dispute.funds_withdrawn"))
    limited(stripe, path, skip=page)
    found = run.run()
    counts = found.counts
    assert (found.differences, counts["payments"], counts["refunds"], counts["disputes"]) == ([], 4, 2, 2)
    assert counts["balance lines"] == 8


@pytest.mark.parametrize(
    "fault", [{"do": "reset"}, {"do": "status", "status": 500}, {"do": "html", "status": 502}]
)
def test_nor_does_an_outage_of_a_moment(bought, stripe, fault):
    bought(), bought()
    rule = {"match": {"path": "/v1/balance_transactions"}, "skip": 1, "times": 2, **fault}
    stripe.control.post("/script", json=[rule]).raise_for_status()
    assert run.run().counts["balance lines"] == 2


def test_stripe_says_how_long_to_wait(bought, stripe):
    bought()
    limited(stripe, "/v1/refunds", headers={"retry-after": "1"})
    began = timezone.now()
    assert run.run().differences == []
    assert timezone.now() - began >= timedelta(seconds=1)


def test_a_limit_that_stays_ends_it_and_nothing_passes_for_proven(bought, stripe, monkeypatch):
    bought()
    monkeypatch.setattr(pages, "LONGEST", 0.01)
    limited(stripe, "/v1/refunds", times=0)
    with pytest.raises(library.RateLimitError):
        run.run()
    calls = [call for call in stripe.control.get("/log").json()["calls"] if call["path"] == "/v1/refunds"]
    assert len(calls) == pages.TRIES
    assert run.latest() is None


def test_a_refusal_is_not_asked_again(bought, stripe):
    bought()
    limited(stripe, "/v1/refunds", status=403)
    with pytest.raises(library.PermissionError):
        run.run()


def test_every_night_has_a_window_and_every_week_is_whole(bought):
    bought()
    night()
    assert latest().since is None
    for day in range(1, 7):
        night(day)
        row = latest()
        assert row.since is not None
        assert timedelta(days=7) < row.started_at - row.since
    Reconciliation.objects.update(started_at=timezone.now() - timedelta(days=7))
    night(7)
    assert latest().since is None


def test_a_whole_one_that_was_stopped_is_made_up_for_the_next_night(bought, stripe):
    bought()
    limited(stripe, "/v1/refunds", status=403)
    with pytest.raises(library.PermissionError):
        night()
    night(1)
    assert latest().since is None


def test_a_window_misses_nothing_that_is_older(bought, operator, stripe):
    """Old refunds and disputes are none that Stripe has lost, and a missing one of lately is named."""
    first, second = bought(), bought()
    refund.refund(first, credits=10, reason="Asked for", actor=operator)
    stripe.do("disputes", payment_intent=second.payment_intent)
    deliver_all(stripe.events("charge.dispute.created", "charge.dispute.funds_withdrawn"))
    ahead = timezone.now() + timedelta(hours=1)
    assert run.run(ahead).differences == []
    Refund.objects.update(stripe_id="re_nobody", created_at=ahead + timedelta(hours=1))
    Dispute.objects.update(stripe_id="du_nobody", created_at=ahead + timedelta(hours=1))
    assert {line.partition(":")[0] for line in run.run(ahead).differences} >= {
        "refund missing",
        "dispute missing",
    }
    assert Purchase.objects.count() == 2
