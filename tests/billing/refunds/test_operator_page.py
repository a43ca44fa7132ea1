"""An operator refunds a purchase from its page in the admin."""

import pytest
from django.urls import reverse

from billing import ledger
from billing.models import Refund


@pytest.fixture
def purchase(bought):
    return bought("starter")


@pytest.fixture
def refunding(purchase, operator, client_for):
    """Fill in the form, look at what it says, and agree to it: the last answer."""
    browser = client_for(operator)

    def go(**fields):
        sent = {"reason": "Requested", "key": key_in(browser.get(page(purchase))), **fields}
        looked = browser.post(page(purchase), sent)
        if looked.status_code != 200 or not seen_in(looked):
            return looked
        return browser.post(page(purchase), {**sent, "seen": seen_in(looked)})

    return go


def page(purchase):
    return reverse("admin:billing_purchase_refund", args=[purchase.pk])


def key_in(answer):
    return answer.context["form"]["key"].value()


def seen_in(answer):
    return answer.context["form"]["seen"].value()


def spend(workspace, credits):
    ledger.hold(workspace, credits, reference=f"generation:{credits}")
    ledger.capture(f"generation:{credits}", credits, key=f"capture:{credits}", about=f"image:{credits}")


def test_whole(refunding, operator, have, stripe):
    assert refunding(whole="on", reason="Bought by mistake").status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount, refund.credits, refund.made_by, refund.reason) == (
        1000,
        400,
        operator,
        "Bought by mistake",
    )
    assert stripe.get(f"refunds/{refund.stripe_id}")["amount"] == 1000
    assert have().available == 0


@pytest.mark.parametrize(
    ("fields", "amount", "credits"), [({"credits": "100"}, 250, 100), ({"amount": "3.33"}, 333, 133)]
)
def test_by_credits_and_by_amount(refunding, have, fields, amount, credits):
    assert refunding(**fields).status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount, refund.credits, have().available) == (amount, credits, 400 - credits)


@pytest.mark.parametrize(
    "fields", [{}, {"whole": "on", "credits": "5"}, {"credits": "5", "amount": "1"}, {"credits": "0"}]
)
def test_exactly_one_way_is_chosen(refunding, have, fields):
    answer = refunding(**fields)
    assert answer.status_code == 200
    assert "Choose one way" in answer.text or "greater than or equal to 1" in answer.text
    assert (have().available, Refund.objects.count()) == (400, 0)


def test_it_shows_what_is_left_before_it_acts(purchase, workspace, operator, client_for, have):
    spend(workspace, 150)
    text = client_for(operator).get(page(purchase)).text
    for words in ("$10.00 for 400 credits", "$10.00, 400 credits", "250 credits, first in, first out",
                  "150 credits of 400 credits", "$100.00; more waits"):  # fmt: skip
        assert words in text


def test_it_says_what_a_choice_does_before_it_does_it(purchase, workspace, operator, client_for, have):
    spend(workspace, 150)
    sent = {"amount": "8.00", "reason": "Requested", "key": "k"}
    answer = client_for(operator).post(page(purchase), sent)
    assert answer.context["button"] == "Pay back $8.00"
    assert "320 credits leave the wallet" in answer.text
    assert "70 credits of them become debt" in answer.text
    assert (have().available, Refund.objects.count()) == (250, 0)
    shown = answer.context["form"]
    assert {name: shown[name].value() for name in sent} == sent, "what was asked for is what will be sent"


def test_numbers_that_changed_are_shown_again(purchase, workspace, operator, client_for, have):
    browser = client_for(operator)
    sent = {"whole": "on", "reason": "Requested", "key": "k"}
    seen = seen_in(browser.post(page(purchase), sent))
    spend(workspace, 150)
    again = browser.post(page(purchase), {**sent, "seen": seen})
    assert "150 credits of them become debt" in again.text
    assert (have().available, Refund.objects.count()) == (250, 0)
    assert browser.post(page(purchase), {**sent, "seen": seen_in(again)}).status_code == 302
    assert (have().available, have().debt) == (0, 150)


def test_the_form_sent_twice_refunds_once(purchase, operator, client_for, have):
    browser = client_for(operator)
    sent = {"credits": "100", "reason": "Requested", "key": key_in(browser.get(page(purchase)))}
    sent["seen"] = seen_in(browser.post(page(purchase), sent))
    for _ in range(2):
        assert browser.post(page(purchase), sent).status_code == 302
    assert Refund.objects.get().amount == 250
    assert have().available == 300


def test_spent_credits_become_debt(refunding, workspace, have):
    spend(workspace, 150)
    refunding(whole="on", reason="Goodwill")
    assert (have().available, have().debt) == (0, 150)


def test_more_than_was_bought_is_refused_in_words(refunding, have):
    answer = refunding(credits="500")
    assert answer.status_code == 200
    assert "more credits than are left" in answer.text
    assert have().available == 400
    assert not Refund.objects.exists()


def test_a_reason_is_required(refunding, have):
    refunding(whole="on", reason="")
    assert have().available == 400


def test_a_silent_stripe_is_told_of_it_later(refunding, have, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    assert refunding(whole="on").status_code == 302
    assert (Refund.objects.get().status, have().available) == ("pending", 0)


def test_customers_cannot(purchase, alice, client_for, have):
    answer = client_for(alice).post(page(purchase), {"whole": "on", "reason": "Mine", "key": "k"})
    assert answer.status_code in {302, 403}
    assert have().available == 400
