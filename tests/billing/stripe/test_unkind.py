"""What the real Stripe does and a kinder one doesn't: late lines, short balances, warnings, cards that vanish."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from billing import maintenance, tasks
from billing.ledger.balance import Balance
from billing.models import (
    AutoTopUp,
    CheckoutPause,
    Customer,
    Decline,
    FraudWarning,
    PauseKind,
    Purchase,
    Refund,
    StripeTrouble,
)  # fmt: skip
from billing.purchases import checkout, receipts
from billing.reconciliation import stripe_objects
from billing.refunds import refund
from billing.stripe.client import client
from billing.stripe.webhook_endpoint import EVENTS
from tests.billing.purchases.saving import choose, save_card
from tests.billing.stripe_events import deliver_all

pytestmark = pytest.mark.django_db


def differences():
    return stripe_objects.compare().differences


def test_a_fee_that_is_booked_late_is_fetched(habits, bought, stripe):
    habits(books_later=True)
    purchase = bought()
    receipts.complete(purchase.pk)
    purchase.refresh_from_db()
    assert (purchase.fee, purchase.receipt_sent_at is not None) == (None, True)
    stripe.do(f"charges/{purchase.charge}/book")
    deliver_all(stripe.events("charge.updated"))
    assert ProcrastinateJob.objects.get(task_name="billing.tasks.note_fee").args == {
        "purchase_id": str(purchase.pk)
    }
    receipts.note_fee(purchase.pk)
    purchase.refresh_from_db()
    assert purchase.fee == 59
    assert differences() == []


def test_a_refund_without_available_balance_waits_and_is_in_order(habits, bought, operator, stripe, have):
    purchase = bought()
    habits(is_short=True)
    row = refund.refund(purchase, whole=True, reason="Asked for", actor=operator)
    assert (row.status, have()) == (Refund.Status.PENDING, Balance())
    assert differences() == []
    stripe.do(f"refunds/{row.stripe_id}/succeed")
    deliver_all(stripe.events("refund.updated"))
    assert (Refund.objects.get().status, differences()) == (Refund.Status.SUCCEEDED, [])


def test_a_refund_that_never_got_its_balance_gives_the_credits_back(habits, bought, operator, stripe, have):
    purchase = bought()
    habits(is_short=True)
    row = refund.refund(purchase, whole=True, reason="Asked for", actor=operator)
    stripe.do(f"refunds/{row.stripe_id}/fail")
    deliver_all(stripe.events("refund.failed"))
    assert (Refund.objects.get().status, have()) == (Refund.Status.FAILED, Balance(available=400))
    assert differences() == []


def test_a_warning_of_fraud_is_listed_and_its_refund_says_so(bought, operator, stripe, client_for):
    purchase = bought()
    stripe.do(f"charges/{stripe.get(f'payment_intents/{purchase.payment_intent}')['latest_charge']}/warn")
    deliver_all(stripe.events("radar.early_fraud_warning.created"))
    warning = FraudWarning.objects.get()
    assert (warning.purchase, warning.is_actionable) == (purchase, True)
    browser = client_for(operator, proven=True)
    assert browser.get("/admin/billing/fraudwarning/").status_code == 200
    assert "Fraud warning" in browser.get("/admin/").content.decode()
    way = browser.get(f"/admin/billing/fraudwarning/{warning.pk}/refund/")
    assert way["Location"] == f"/admin/billing/purchase/{purchase.pk}/refund/"
    row = refund.refund(purchase, whole=True, reason="Fraud", actor=operator)
    assert stripe.get(f"refunds/{row.stripe_id}")["reason"] == "fraudulent"
    deliver_all(stripe.events("radar.early_fraud_warning.updated"))
    assert not FraudWarning.objects.get().is_actionable


def test_a_warning_before_its_purchase_waits_for_it(buy, stripe):
    purchase = buy()
    intent = stripe.get(f"checkout/sessions/{purchase.checkout_session}")["payment_intent"]
    stripe.do(f"charges/{stripe.get(f'payment_intents/{intent}')['latest_charge']}/warn")
    deliver_all(stripe.events("radar.early_fraud_warning.created"))
    assert FraudWarning.objects.get().purchase is None
    deliver_all(stripe.events("checkout.session.completed"))
    assert FraudWarning.objects.get().purchase == purchase


def test_a_card_that_is_detached_at_stripe_pauses_auto_top_up(workspace, alice, stripe):
    save_card(workspace, alice, stripe)
    row = choose(workspace, alice)
    stripe.post(f"payment_methods/{row.payment_method}/detach")
    deliver_all(stripe.events("payment_method.detached"))
    row = AutoTopUp.objects.get()
    assert (row.paused_at is not None, row.paused_kind) == (True, PauseKind.CARD_GONE)


def test_a_customer_that_is_deleted_at_stripe_is_forgotten(workspace, alice, bought, stripe):
    bought()
    client().v1.customers.delete(Customer.objects.get().stripe_id)
    deliver_all(stripe.events("customer.deleted"))
    assert not Customer.objects.exists()
    assert checkout.start(workspace, "starter", user=alice).status == Purchase.Status.PENDING


def test_missed_events_are_asked_for_in_lists_that_stripe_accepts(buy, have):
    buy()
    assert len(EVENTS) > 20
    assert maintenance.events() > 0
    assert have() == Balance(available=400)


def command(*args):
    out = io.StringIO()
    call_command("stripe_endpoint", *args, stdout=out)
    return out.getvalue()


def test_the_endpoint_at_stripe_is_made_with_our_version_and_compared(stripe, settings):
    settings.BASE_URL = "https://images.example"
    with pytest.raises(CommandError, match="Stripe has no endpoint"):
        command()
    assert "STRIPE_WEBHOOK_SECRET=whsec_" in command("--fix")
    made = next(one for one in stripe.get("webhook_endpoints")["data"] if "images.example" in one["url"])
    assert (set(made["enabled_events"]), made["api_version"]) == (set(EVENTS), settings.STRIPE_API_VERSION)
    assert "is what this code needs" in command()
    client().v1.webhook_endpoints.update(made["id"], {"enabled_events": [EVENTS[0]]})
    with pytest.raises(CommandError, match=r"does not send charge\.dispute\.closed"):
        command()
    assert "is what this code needs" in command("--fix")
    settings.STRIPE_API_VERSION = "2030-01-01.later"
    with pytest.raises(CommandError, match="Delete the endpoint"):
        command()


def test_an_event_in_another_version_is_handled_and_operators_are_told(buy, stripe, have, operator):
    buy()
    [event] = stripe.events("checkout.session.completed")
    deliver_all([event | {"api_version": "2020-08-27"}])
    assert have() == Balance(available=400)
    assert StripeTrouble.objects.get().kind == "version"


def test_the_link_of_an_invoice_that_comes_late_is_fetched(habits, bought, stripe):
    habits(invoices_later=True)
    purchase = bought()
    receipts.complete(purchase.pk)
    purchase.refresh_from_db()
    assert (purchase.invoice_url, purchase.receipt_url != "", purchase.receipt_sent_at is not None) == (
        "",
        True,
        True,
    )
    stripe.do(f"sessions/{purchase.checkout_session}/invoice")
    assert maintenance.invoices() == 0
    Purchase.objects.update(paid_at=timezone.now() - timedelta(minutes=11))
    assert maintenance.invoices() == 1
    [job] = ProcrastinateJob.objects.filter(task_name="billing.tasks.note_invoice")
    tasks.note_invoice(**job.args)
    purchase.refresh_from_db()
    assert purchase.invoice_url.startswith("http")
    assert purchase.invoice_number
    assert maintenance.invoices() == 0
    Purchase.objects.update(invoice_url="", paid_at=timezone.now() - timedelta(days=4))
    assert maintenance.invoices() == 0


@pytest.mark.parametrize(
    ("outcome", "status", "left"),
    [("", "pending", 0), ("succeed", "succeeded", 0), ("cancel", "failed", 400), ("fail", "failed", 400)],
)
def test_a_refund_that_needs_its_customer(bought, stripe, have, outcome, status, left):
    """Made in Stripe's dashboard, where the card takes no refund; the customer says where the money shall go, or not."""
    purchase = bought()
    made = stripe.post(
        "refunds", payment_intent=purchase.payment_intent, **{"metadata[sandbox]": "requires_action"}
    )
    deliver_all(stripe.events("refund.created"))
    if outcome:
        stripe.do(f"refunds/{made['id']}/{outcome}")
        deliver_all(stripe.events("refund.updated", "refund.failed"))
    assert (Refund.objects.get().status, have().available) == (status, left)
    assert differences() == []


def test_missed_events_of_an_account_with_an_older_version_are_understood(habits, bought, buy, stripe, have):
    """Listed events come in the version that the account had on their day."""
    habits(account_version="2020-08-27")
    refunded, disputed, declined = buy(), buy(), buy(outcome="decline")
    maintenance.events()
    refunded.refresh_from_db(), disputed.refresh_from_db()
    stripe.post("refunds", payment_intent=refunded.payment_intent)
    stripe.do("disputes", payment_intent=disputed.payment_intent)
    maintenance.events()
    assert have() == Balance(held=400)
    assert Decline.objects.get().page.purchase == declined
    assert Refund.objects.get().status == Refund.Status.SUCCEEDED
    assert not StripeTrouble.objects.exists()
    assert differences() == []


def test_declines_without_a_charge_are_counted_one_by_one(buy, stripe):
    """The payment's latest charge stays that of the first attempt, as long as no other one is made."""
    purchase = buy(outcome="decline")
    for _ in range(3):
        stripe.do(f"sessions/{purchase.checkout_session}/decline", card="authenticationFailed")
    for _ in range(2):
        deliver_all(stripe.events("payment_intent.payment_failed"))
    assert Decline.objects.count() == 4
    stripe.do(f"sessions/{purchase.checkout_session}/decline", card="authenticationFailed")
    deliver_all(stripe.events("payment_intent.payment_failed"))
    assert CheckoutPause.objects.get().declines == 5
