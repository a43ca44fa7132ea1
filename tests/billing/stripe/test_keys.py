"""Answers that Stripe repeats to their key for a day: the next try has another one, and nothing is made twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from billing import maintenance
from billing.disputes import submission
from billing.errors import EvidenceRefused, PaymentsUnavailable
from billing.ledger.balance import Balance
from billing.models import Dispute, Purchase, Refund
from billing.purchases import checkout, receipts
from billing.refunds import refund
from billing.stripe import keys
from tests.billing.stripe_events import deliver_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_: 0)


def script(stripe, path, **rule):
    stripe.control.post("/script", json=[{"match": {"path": path}, **rule}]).raise_for_status()


@pytest.mark.parametrize("status", [500, 400, 404])
@pytest.mark.parametrize("path", ["/v1/checkout/sessions", "/v1/customers"])
def test_a_page_opens_at_the_next_try(stripe, workspace, alice, path, status):
    script(stripe, path, do="status", status=status)
    with pytest.raises(PaymentsUnavailable):
        checkout.start(workspace, "starter", user=alice, request_key="k")
    again = checkout.start(workspace, "starter", user=alice, request_key="k")
    assert again.checkout_url
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "reset", "times": 2},
        {"do": "status", "status": 429},
        {"do": "status", "status": 409, "times": 2},
        {"do": "status", "status": 503, "times": 2},
    ],
)
def test_what_was_not_answered_keeps_its_key(stripe, workspace, alice, fault):
    script(stripe, "/v1/checkout/sessions", **fault)
    with pytest.raises(PaymentsUnavailable):
        checkout.start(workspace, "starter", user=alice, request_key="k")
    checkout.start(workspace, "starter", user=alice, request_key="k")
    assert len(stripe.get("checkout/sessions")["data"]) == 1


def test_a_500_after_the_refund_was_made_makes_no_second_one(stripe, bought, operator, have):
    """Stripe made it, failed then, and says so to that key for a day."""
    row = refund.begin(bought(), refund.RefundAmount(credits=100), reason="Asked for", actor=operator)
    made = stripe.post(
        "refunds", payment_intent=row.payment_intent, amount=row.amount, **{"metadata[refund]": row.public_id}
    )
    script(stripe, "/v1/refunds", do="status", status=500)
    Refund.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert maintenance.refunds() == 0
    assert maintenance.refunds() == 1
    row.refresh_from_db()
    assert (row.stripe_id, row.status, len(stripe.get("refunds")["data"])) == (made["id"], "succeeded", 1)
    assert have() == Balance(available=300)


@pytest.fixture
def dispute(bought, stripe):
    purchase = bought()
    receipts.complete(purchase.pk)
    stripe.do("disputes", payment_intent=purchase.payment_intent)
    deliver_all(stripe.events("charge.dispute.created"))
    return Dispute.objects.get()


def test_evidence_goes_at_the_next_try(stripe, dispute, operator):
    script(stripe, "/v1/disputes", do="status", status=500)
    with pytest.raises(PaymentsUnavailable, match="sending it again is safe"):
        submission.send(dispute.pk, operator)
    assert submission.send(dispute.pk, operator).submissions == 1


def test_evidence_that_arrived_before_a_500_is_not_sent_again(stripe, dispute, operator):
    script(stripe, "/v1/disputes", do="status", status=500)
    with pytest.raises(PaymentsUnavailable):
        submission.send(dispute.pk, operator)
    stripe.post(f"disputes/{dispute.stripe_id}", **{"evidence[uncategorized_text]": "arrived"})
    done = submission.send(dispute.pk, operator)
    assert (done.submissions, done.evidence_sent_at is not None) == (1, True)
    with pytest.raises(EvidenceRefused):
        submission.send(dispute.pk, operator)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_on_a_slow_stripe_open_one_page(stripe, habits, workspace, alice, monkeypatch):
    monkeypatch.undo()
    checkout.start(workspace, "starter", user=alice)
    habits(latency=0.3)

    def click(_):
        try:
            return checkout.start(workspace, "growth", user=alice, request_key="one").checkout_session
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(click, range(2))
    assert first == second
    assert len(stripe.get("checkout/sessions")["data"]) == 2


def test_two_that_fail_at_once_renew_once(db):
    for _ in range(2):
        keys._renew("refund:1", 0)
    with keys.attempt("refund:1") as key:
        assert key == "refund:1:1"
