from datetime import timedelta

import pytest
import stripe as library
from django.core.management import call_command
from django.utils import timezone

from billing import maintenance
from billing.ledger.balance import Balance
from billing.models import Purchase, Refund
from billing.purchases import checkout
from billing.refunds import refund
from billing.stripe.client import client


def old(model, **age):
    model.objects.update(created_at=timezone.now() - timedelta(**age))


def test_payments_nobody_told_us_of_are_credited(buy, have):
    for _ in range(5):
        buy()
    assert have() == Balance()
    maintenance.events()
    assert have() == Balance(available=2_000)
    assert maintenance.events() == 0


def test_refunds_and_disputes_nobody_told_us_of_are_noted(bought, stripe, have):
    first, second = bought(), bought()
    stripe.post("refunds", payment_intent=first.payment_intent)
    stripe.do("disputes", payment_intent=second.payment_intent)
    maintenance.events()
    assert have() == Balance(held=400)


def test_a_payment_page_that_closed_is_asked_about(buy, stripe, have):
    paid, expired = buy(), buy(outcome="expire")
    old(Purchase, hours=3)
    maintenance.purchases()
    paid.refresh_from_db()
    expired.refresh_from_db()
    assert (paid.status, expired.status) == ("paid", "expired")
    assert have() == Balance(available=400)


def test_a_purchase_without_a_page_is_closed_after_a_day(workspace, alice, stripe):
    row = Purchase.objects.create(workspace=workspace, pack_slug="s", pack_name="S", credits=1, amount=1)
    old(Purchase, hours=3)
    maintenance.purchases()
    row.refresh_from_db()
    assert row.status == "pending"
    old(Purchase, hours=25)
    maintenance.purchases()
    row.refresh_from_db()
    assert row.status == "expired"


def fail(stripe, path, times=2):
    stripe.control.post(
        "/script", json=[{"match": {"path": path}, "times": times, "do": "status", "status": 500}]
    )


def test_a_refund_that_stripe_was_not_told_of_is_sent_later(bought, operator, stripe, have):
    purchase = bought()
    fail(stripe, "/v1/refunds")
    with pytest.raises(library.APIError):
        refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    assert have() == Balance()  # taken already, so that nobody spends it meanwhile
    assert maintenance.refunds() == 0
    old(Refund, minutes=11)
    assert maintenance.refunds() == 1
    assert Refund.objects.get().status == "succeeded"
    assert len(stripe.get("refunds")["data"]) == 1


def test_a_refund_whose_answer_was_lost_for_days_is_found_and_not_sent_again(bought, operator, stripe, have):
    row = refund.refund(bought(), whole=True, reason="Not needed", actor=operator)
    Refund.objects.update(stripe_id=None, status="pending")
    old(Refund, days=3)
    maintenance.refunds()
    row.refresh_from_db()
    assert (row.status, bool(row.stripe_id), have()) == ("succeeded", True, Balance())
    assert len(stripe.get("refunds")["data"]) == 1


def test_one_that_can_not_be_done_does_not_keep_the_others(bought, operator, stripe, workspace, have):
    """The first page can't be read, the second is credited all the same."""
    broken, fine = (checkout.start(workspace, "starter") for _ in range(2))
    Purchase.objects.filter(pk=broken.pk).update(checkout_session="cs_nobody")
    stripe.do(f"sessions/{fine.checkout_session}/pay")
    old(Purchase, hours=3)
    assert maintenance.purchases() == 1
    assert have() == Balance(available=400)


def test_the_command_sweeps_everything(buy, have):
    buy()
    call_command("sweep")
    assert have() == Balance(available=400)


def test_when_stripe_is_away_the_sweep_says_so(buy, stripe, have):
    buy()
    fail(stripe, "/v1/events", times=10)
    with pytest.raises(library.APIError):
        maintenance.events()
    assert have() == Balance()


def test_the_client_waits_for_seconds_not_minutes():
    assert client()._requestor._client._timeout == 10
    assert library.default_http_client._timeout == 4
    assert library.max_network_retries == 0
