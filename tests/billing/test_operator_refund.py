"""An operator refunds a purchase from its page in the admin."""

import pytest
from django.urls import reverse

from billing import ledger
from billing.models import Refund


@pytest.fixture
def purchase(bought):
    return bought("starter")


def page(purchase):
    return reverse("admin:billing_purchase_refund", args=[purchase.pk])


def key_in(answer):
    return answer.context["form"]["key"].value()


def test_whole(purchase, operator, client_for, have, stripe):
    browser = client_for(operator)
    key = key_in(browser.get(page(purchase)))
    answer = browser.post(page(purchase), {"credits": "", "reason": "Bought by mistake", "key": key})
    assert answer.status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount, refund.credits, refund.made_by, refund.reason) == (
        1000,
        400,
        operator,
        "Bought by mistake",
    )
    assert stripe.get(f"refunds/{refund.stripe_id}")["amount"] == 1000
    assert have().available == 0


def test_the_form_sent_twice_refunds_once(purchase, operator, client_for, have):
    browser = client_for(operator)
    sent = {"credits": "100", "reason": "Asked for", "key": key_in(browser.get(page(purchase)))}
    for _ in range(2):
        assert browser.post(page(purchase), sent).status_code == 302
    assert Refund.objects.get().amount == 250
    assert have().available == 300


def test_spent_credits_become_debt(purchase, workspace, operator, client_for, have):
    ledger.hold(workspace, 150, reference="generation:a")
    ledger.capture("generation:a", 150, key="capture:a", about="image:a")
    browser = client_for(operator)
    browser.post(
        page(purchase), {"credits": "", "reason": "Goodwill", "key": key_in(browser.get(page(purchase)))}
    )
    assert (have().available, have().debt) == (0, 150)


def test_more_than_was_bought_is_refused_in_words(purchase, operator, client_for, have):
    browser = client_for(operator)
    answer = browser.post(page(purchase), {"credits": "500", "reason": "Too much", "key": "k"})
    assert answer.status_code == 200
    assert "more credits than are left" in answer.text
    assert have().available == 400
    assert not Refund.objects.exists()


def test_a_reason_is_required(purchase, operator, client_for, have):
    client_for(operator).post(page(purchase), {"credits": "", "reason": "", "key": "k"})
    assert have().available == 400


def test_customers_cannot(purchase, alice, client_for, have):
    answer = client_for(alice).post(page(purchase), {"credits": "", "reason": "Mine", "key": "k"})
    assert answer.status_code in {302, 403}
    assert have().available == 400
