import itertools

import pytest

from billing.ledger.balance import Balance
from billing.models import CreditPack, Purchase
from billing.purchases import fulfillment
from billing.stripe.client import client, to_plain_dict
from billing.stripe.objects import Session
from tests.billing.stripe_events import deliver, deliver_all


def test_paid_is_credited_with_what_was_promised(buy, have):
    purchase = buy("growth")
    assert have() == Balance()
    fulfillment.fulfill(purchase.checkout_session)
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.PAID, Balance(available=1_200))
    assert purchase.payment_intent.startswith("pi_")


def test_the_webhook_credits_too(buy, stripe, have):
    buy("growth")
    deliver_all(stripe.events())
    assert have() == Balance(available=1_200)


def test_a_pack_that_was_edited_meanwhile_changes_nothing(buy, have):
    purchase = buy("growth")
    CreditPack.objects.filter(slug="growth").update(credits=1, amount=1)
    fulfillment.fulfill(purchase.checkout_session)
    assert have() == Balance(available=1_200)


def test_unpaid_is_not_credited(buy, have):
    purchase = buy(outcome="")
    fulfillment.fulfill(purchase.checkout_session)
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.PENDING, Balance())


def test_a_delayed_payment_is_shown_and_then_credited(buy, stripe, have):
    purchase = buy(outcome="pay_later")
    deliver_all(stripe.events("checkout.session.completed"))
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.PROCESSING, Balance())
    stripe.do(f"sessions/{purchase.checkout_session}/async_succeed")
    deliver_all(stripe.events("checkout.session.async_payment_succeeded"))
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.PAID, Balance(available=400))


def test_a_delayed_payment_that_bounced_gives_nothing(buy, stripe, have):
    purchase = buy(outcome="pay_later")
    stripe.do(f"sessions/{purchase.checkout_session}/async_fail")
    deliver_all(stripe.events("checkout.session.completed", "checkout.session.async_payment_failed"))
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.FAILED, Balance())


def test_an_expired_page_closes_the_purchase(buy, stripe, have):
    purchase = buy(outcome="expire")
    deliver_all(stripe.events("checkout.session.expired"))
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.EXPIRED, Balance())


def test_late_news_of_expiry_does_not_undo_a_payment(bought, stripe, have):
    purchase = bought()
    session = stripe.get(f"checkout/sessions/{purchase.checkout_session}")
    fulfillment.settle(Session.read({**session, "status": "expired", "payment_status": "unpaid"}))
    fulfillment.fail(Session.read(session))
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.PAID, Balance(available=400))


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_webhook_return_page_and_sweep_in_any_order_credit_once(buy, stripe, have, order):
    purchase = buy()
    completed = stripe.events("checkout.session.completed")[0]
    steps = (
        lambda: deliver(completed),
        lambda: deliver({**completed, "id": "evt_another"}),
        lambda: deliver({**completed, "id": "evt_late", "type": "checkout.session.async_payment_succeeded"}),
        lambda: fulfillment.fulfill(purchase.checkout_session),
    )
    for step in order:
        steps[step]()
    assert have() == Balance(available=400)


WRONG = {
    "less money": {"amount_total": 999},
    "more money": {"amount_total": 1_001},
    "a discount": {"amount_total": 500, "total_details": {"amount_discount": 500, "amount_tax": 0}},
    "another currency": {"currency": "jpy"},
    "real money": {"livemode": True},
    "no payment intent": {"payment_intent": None},
    "another page": {"id": "cs_test_another"},
    "nothing to pay": {"payment_status": "no_payment_required", "amount_total": 0},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_payment_that_is_not_what_was_promised_waits_for_a_person(buy, have, change):
    purchase = buy()
    session = to_plain_dict(client().v1.checkout.sessions.retrieve(purchase.checkout_session))
    fulfillment.settle(Session.read({**session, **change}))
    purchase.refresh_from_db()
    assert (purchase.status, have()) == (Purchase.Status.REVIEW, Balance())
    assert purchase.review_reason
    fulfillment.settle(Session.read(session))  # stays: somebody has to look
    assert have() == Balance()


def test_tax_on_top_is_as_promised(buy, have):
    purchase = buy()
    session = to_plain_dict(client().v1.checkout.sessions.retrieve(purchase.checkout_session))
    fulfillment.settle(Session.read({**session, "amount_total": 1_081, "total_details": {"amount_tax": 81}}))
    purchase.refresh_from_db()
    assert (purchase.tax, purchase.total, have()) == (81, 1_081, Balance(available=400))


def test_one_payment_does_not_pay_two_purchases(bought, buy, stripe, have):
    first, second = bought(), buy()
    session = stripe.get(f"checkout/sessions/{second.checkout_session}")
    fulfillment.settle(Session.read({**session, "payment_intent": first.payment_intent}))
    second.refresh_from_db()
    assert (second.status, have()) == (Purchase.Status.REVIEW, Balance(available=400))


@pytest.mark.parametrize("reference", [None, "", "pur_", "pur_00000000000000000000000000", "gen_1"])
def test_a_session_that_is_not_ours_is_left_alone(workspace, stripe, have, reference):
    session = {"id": "cs_x", "status": "complete", "payment_status": "paid", "client_reference_id": reference}
    assert fulfillment.settle(Session.read(session)) is None
    assert have() == Balance()
