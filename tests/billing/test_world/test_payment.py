"""Purchases in a test world: a page of ours, and neither Stripe nor accounting."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from billing import maintenance
from billing.ledger import balance
from billing.models import Customer, PaymentPage, Purchase
from billing.purchases import checkout, test_payment
from billing.reconciliation.run import check_own_books


@pytest.fixture
def purchase(world, alice):
    return checkout.start(world, "starter", user=alice)


@pytest.fixture
def browser(client_for, alice):
    return client_for(alice)


def page(purchase):
    return f"/billing/test/{purchase.public_id}"


def test_the_page_asks_how_it_shall_end(browser, purchase, settings):
    assert purchase.checkout_url == f"{settings.BASE_URL}{page(purchase)}"
    shown = browser.get(page(purchase)).text
    assert "Pay $10.00 of test money" in shown
    assert "Decline" in shown
    assert not Customer.objects.exists()
    assert not PaymentPage.objects.exists()


def test_paying_hands_over_the_credits_once_and_tells_nobody(browser, purchase, world, workspace):
    for _ in range(2):
        answer = browser.post(page(purchase), {"pay": ""}, follow=True)
    assert "400 credits added" in answer.text
    assert balance.for_workspace(world).available == 1_400
    assert balance.for_workspace(workspace).available == 0
    purchase.refresh_from_db()
    assert (purchase.status, purchase.payment_intent, purchase.receipt_sent_at) == ("paid", None, None)
    Purchase.objects.update(paid_at="2026-11-01T00:00:00Z")
    assert maintenance.receipts() == 0
    assert not ProcrastinateJob.objects.filter(task_name__contains="receipt").exists()
    assert mail.outbox == []
    assert check_own_books() == []


def test_declining_fails_it(browser, purchase, world):
    answer = browser.post(page(purchase), {"decline": ""}, follow=True)
    assert "Nothing was charged" in answer.text
    assert browser.post(page(purchase), {"pay": ""}, follow=True).status_code == 200
    assert balance.for_workspace(world).available == 1_000
    assert Purchase.objects.get().status == "failed"


@pytest.mark.django_db(transaction=True)
def test_two_tabs_end_it_once(purchase, alice, world):
    def end(number):
        try:
            return (
                test_payment.pay(purchase, alice) if number % 2 else test_payment.decline(purchase)
            ).status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        (ended,) = set(threads.map(end, range(6)))
    assert balance.for_workspace(world).available == (1_400 if ended == "paid" else 1_000)


def test_a_live_purchase_is_never_paid_there(browser, workspace, world, alice, stripe):
    live = checkout.start(workspace, "starter", user=alice)
    assert browser.get(page(live)).status_code == 404
    assert browser.post(page(live), {"pay": ""}).status_code == 404
    with pytest.raises(Purchase.DoesNotExist):
        test_payment.pay(live, alice)
    assert Purchase.objects.get().status == "pending"


def test_a_member_and_a_stranger_pay_nothing(client_for, purchase, bob, charlie):
    assert client_for(bob).post(page(purchase), {"pay": ""}).status_code == 403
    assert client_for(charlie).post(page(purchase), {"pay": ""}).status_code == 404


def test_buy_on_the_page_of_the_test_world_leads_there(browser, world):
    browser.post("/workspace/world", {"world": "test"})
    assert "Auto top-up" not in browser.get("/billing").text
    answer = browser.post("/billing/buy", {"pack": "starter", "request_key": "k"})
    (made,) = Purchase.objects.all()
    assert (made.workspace, answer["Location"]) == (world, made.checkout_url)


def test_refill_is_a_button(browser, world):
    browser.post("/workspace/world", {"world": "test"})
    assert "Refill test credits" in browser.get("/billing").text
    assert "still has" in browser.post("/billing/refill", follow=True).text


@pytest.mark.parametrize("address", ["top-up", "top-up/card"])
def test_cards_are_left_to_the_live_world(client_for, alice, world, address):
    browser = client_for(alice, proven=True)
    browser.post("/workspace/world", {"world": "test"})
    assert "no cards" in browser.post(f"/billing/{address}", follow=True).text
    assert not Customer.objects.exists()
