"""What Stripe is asked for and what comes of it: quantities, tax, papers, money that takes days, pages that are left."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.core import mail
from django.utils import timezone
from djstripe.models import Event

from billing import maintenance
from billing.ledger.balance import Balance
from billing.models import Customer, PaymentPage, Purchase
from billing.purchases import checkout, fulfillment, receipts
from billing.refunds import clawback, refund
from billing.stripe.client import client
from tests.billing.stripe_events import Stripe, deliver_all
from tests.support import letters

SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def asked(stripe: Stripe) -> Callable[..., list[dict[str, Any]]]:
    """`asked(path)`: the parameters of each POST that Stripe received."""

    def read(path: str = SESSIONS) -> list[dict[str, Any]]:
        calls = stripe.control.get("/log").json()["calls"]
        return [call["params"] for call in calls if (call["method"], call["path"]) == ("POST", path)]

    return read


@pytest.fixture
def taxed(settings: Any) -> None:
    settings.STRIPE_AUTOMATIC_TAX = True


@pytest.mark.parametrize("quantity", [1, 2, 19, 20])
def test_every_quantity_has_its_price_and_its_credits(workspace, alice, stripe, asked, have, quantity):
    purchase = checkout.start(workspace, "growth", quantity, user=alice)
    assert (purchase.amount, purchase.credits) == (3_000 * quantity, 1_200 * quantity)
    (params,) = asked()
    (item,) = params["line_items"]
    assert (item["quantity"], item["price_data"]["unit_amount"]) == (str(quantity), "3000")
    assert item["price_data"]["product_data"] == {"name": "Growth: 1,200 credits"}
    session = stripe.do(f"sessions/{purchase.checkout_session}/pay")
    assert session["amount_total"] == 3_000 * quantity
    deliver_all(stripe.events("checkout.session.completed"))
    assert have() == Balance(available=1_200 * quantity)


def test_a_workspace_is_one_customer_whoever_buys_and_however(
    workspace, other_workspace, alice, bob, charlie, stripe, asked
):
    for buyer in (alice, bob, None):
        checkout.start(workspace, "starter", user=buyer)
    checkout.start(other_workspace, "starter", user=charlie)
    mine, theirs = workspace.customer.stripe_id, other_workspace.customer.stripe_id
    assert [params["customer"] for params in asked()] == [mine] * 3 + [theirs]
    assert (mine != theirs, Customer.objects.count(), len(asked("/v1/customers"))) == (True, 2, 2)


def test_nobody_is_offered_a_promotion_code(workspace, alice, asked, taxed):
    checkout.start(workspace, "starter", user=alice)
    assert not {"allow_promotion_codes", "discounts"} & set(asked()[0])


def test_a_discount_that_was_given_all_the_same_waits_for_a_person(buy, stripe, have):
    """One that somebody attached in Stripe's dashboard; the money that came is not what was promised."""
    purchase = buy()
    event = stripe.events("checkout.session.completed")[0]
    event["data"]["object"] |= {
        "amount_total": 900,
        "total_details": {"amount_discount": 100, "amount_tax": 0},
    }
    deliver_all([event])
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.REVIEW, Balance())
    assert "900 cents" in purchase.review_reason


def test_without_tax_the_account_s_own_default_adds_none(workspace, alice, asked):
    checkout.start(workspace, "starter", user=alice)
    (params,) = asked()
    assert params["automatic_tax"] == {"enabled": "false"}
    assert not {"customer_update", "tax_id_collection"} & set(params)


def test_tax_comes_on_top_and_is_asked_for_with_address_and_tax_number(buy, asked, taxed, have):
    purchase = buy()
    (params,) = asked()
    assert params["automatic_tax"] == params["tax_id_collection"] == {"enabled": "true"}
    assert params["customer_update"] == {"address": "auto", "name": "auto"}
    assert params["line_items"][0]["price_data"]["tax_behavior"] == "exclusive"
    fulfillment.fulfill(purchase.checkout_session)
    purchase.refresh_from_db()
    assert (purchase.status, purchase.amount, purchase.tax, purchase.total) == ("paid", 1_000, 86, 1_086)
    assert have() == Balance(available=400)


def test_tax_is_shown_to_the_payer_and_in_the_receipt(bought, taxed, alice, client_for):
    purchase = bought()
    receipts.complete(purchase.pk)
    letters.deliver()
    outcome = client_for(alice).get(f"/billing/return/{purchase.public_id}").content.decode()
    for words in ("$10.00", "Tax", "$0.86", "$10.86"):
        assert words in outcome
        assert words in mail.outbox[0].body
    listed = client_for(alice).get("/billing/purchases").content.decode()
    assert "$10.86" in listed
    assert "$0.86 of it tax" in listed


def test_tax_goes_back_with_its_part_of_the_money(bought, taxed, stripe, operator, client_for, have):
    purchase = bought()
    page = f"/admin/billing/purchase/{purchase.pk}"
    assert (
        "$10.86 for 400 credits, $0.86 of it tax"
        in client_for(operator).get(f"{page}/refund/").content.decode()
    )
    part = refund.refund(purchase, credits=100, reason="Too many", actor=operator)
    rest = refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    assert (part.amount, rest.amount, have()) == (272, 814, Balance())
    assert [clawback.tax_in(purchase, one.amount) for one in (part, rest)] == [22, 64]
    assert sum(one["amount"] for one in stripe.get("refunds")["data"]) == 1_086
    letters.deliver()
    for words in ("Refund, 100 credits", "$2.50", "Tax", "$0.22", "$2.72"):
        assert words in mail.outbox[0].body


def test_a_refund_without_tax_says_nothing_of_it(bought, operator):
    refund.refund(bought(), credits=100, reason="Too many", actor=operator)
    letters.deliver()
    assert "Tax" not in mail.outbox[0].body


def test_invoice_and_receipt_are_linked_from_the_purchase_and_answer(bought, taxed, alice, client_for):
    purchase = bought()
    receipts.complete(purchase.pk)
    purchase.refresh_from_db()
    assert purchase.invoice_number
    page = client_for(alice).get("/billing/purchases").content.decode()
    outcome = client_for(alice).get(f"/billing/return/{purchase.public_id}").content.decode()
    assert purchase.invoice_url in outcome
    for url in (purchase.invoice_url, purchase.receipt_url):
        assert f'href="{url}"' in page
        answer = httpx.get(url, trust_env=False)
        assert (answer.status_code, "$10.86" in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("ending", "status", "credits"), [("async_succeed", "paid", 400), ("async_fail", "failed", 0)]
)
def test_money_that_takes_days_is_shown_as_on_its_way_and_then_as_what_became_of_it(
    buy, stripe, alice, client_for, have, ending, status, credits
):
    purchase = buy(outcome="pay_later")
    client, page = client_for(alice), f"/billing/return/{purchase.public_id}"
    deliver_all(stripe.events("checkout.session.completed", "payment_intent.processing"))
    assert "Your payment is on its way" in client.get(page).content.decode()
    assert "On its way" in client.get("/billing/purchases").content.decode()
    assert have() == Balance()
    stripe.do(f"sessions/{purchase.checkout_session}/{ending}")
    deliver_all(stripe.events())
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (status, Balance(available=credits))
    words = "400 credits added" if credits else "Nothing was charged"
    assert words in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("ending", "status", "credits"), [("async_succeed", "paid", 400), ("async_fail", "failed", 0)]
)
def test_when_nobody_tells_of_money_that_took_days_the_sweep_finds_out(
    buy, stripe, have, ending, status, credits
):
    purchase = buy(outcome="pay_later")
    fulfillment.fulfill(purchase.checkout_session)
    stripe.do(f"sessions/{purchase.checkout_session}/{ending}")
    maintenance.events()
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (status, Balance(available=credits))


def test_a_page_that_is_left_can_be_paid_until_it_closes_and_then_says_why_nothing_came(
    buy, stripe, alice, client_for, have, time_machine
):
    left = buy(outcome="")
    client, page = client_for(alice), f"/billing/return/{left.public_id}"
    assert left.checkout_url in client.get(page).content.decode()
    stripe.do(f"sessions/{left.checkout_session}/expire")
    time_machine.move_to(timezone.now() + checkout.OPEN_FOR + timedelta(minutes=1))
    assert maintenance.purchases() == 1
    left.refresh_from_db()
    assert (left.status, have()) == (Purchase.Status.EXPIRED, Balance())
    assert "Nothing was charged" in client_for(alice).get(page).content.decode()
    assert maintenance.purchases() == 0


def test_an_endpoint_that_was_down_for_four_days_is_caught_up_with_exactly_once(
    workspace, alice, stripe, have, time_machine
):
    """Twenty payments whose news nobody took; Stripe has given up on delivering it after three days."""
    nobody = {"url": "http://127.0.0.1:9/webhook", "enabled_events": ["*"]}
    client().v1.webhook_endpoints.create(nobody)
    stripe.control.post("/webhooks/pause").raise_for_status()
    for _ in range(20):
        purchase = checkout.start(workspace, "starter", user=alice)
        stripe.do(f"sessions/{purchase.checkout_session}/pay")
        PaymentPage.objects.all().delete()  # so many at once would be too many
    assert have() == Balance()
    time_machine.move_to(timezone.now() + timedelta(days=4))
    deliver_all(
        stripe.events("checkout.session.completed")[-1:]
    )  # it is back, and the newest news comes first
    Event.objects.update(created=timezone.now())
    assert have() == Balance(available=400)
    assert maintenance.events() >= 19
    assert have() == Balance(available=20 * 400)
    assert not Purchase.objects.exclude(status="paid").exists()
    assert maintenance.events() == maintenance.purchases() == 0
    deliver_all(stripe.events("checkout.session.completed"))
    assert have() == Balance(available=20 * 400)
