import pytest

from billing import ledger
from billing.errors import RefundRefused
from billing.ledger.balance import Balance
from billing.models import Refund
from billing.refunds import refund
from billing.stripe.objects import RefundFacts
from tests.billing.stripe_events import deliver, deliver_all

Status = Refund.Status


def told(stripe, *types):
    deliver_all(stripe.events(*(types or ("refund.created", "refund.updated", "refund.failed"))))


def test_the_whole_goes_back_with_its_credits(bought, operator, stripe, have):
    purchase = bought("growth")
    row = refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    assert (row.status, row.amount, row.credits) == (Status.SUCCEEDED, 3_000, 1_200)
    made = stripe.get(f"refunds/{row.stripe_id}")
    assert (made["amount"], made["payment_intent"]) == (3_000, purchase.payment_intent)
    assert have() == Balance()


def test_some_credits_go_back_with_their_money(bought, operator, stripe, have):
    row = refund.refund(bought(), credits=100, reason="Too many", actor=operator)
    assert (row.amount, row.credits, have()) == (250, 100, Balance(available=300))


def test_some_money_goes_back_with_its_credits(bought, operator, stripe, have):
    row = refund.refund(bought(), amount=500, reason="Goodwill", actor=operator)
    assert (row.amount, row.credits, have()) == (500, 200, Balance(available=200))


def test_many_small_refunds_add_up_to_the_whole(bought, operator, stripe, have):
    purchase = bought()
    for _ in range(3):
        refund.refund(purchase, amount=333, reason="A part", actor=operator)
    row = refund.refund(purchase, whole=True, reason="The rest", actor=operator)
    assert (row.amount, have()) == (1, Balance())


def test_after_partial_use_the_rest_is_debt(bought, operator, workspace, stripe, have):
    purchase = bought()
    ledger.hold(workspace, 150, reference="generation:1")
    ledger.capture("generation:1", 150, key="c", about="image:1")
    refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    assert have() == Balance(debt=150)
    bought()
    assert have() == Balance(available=250)


def test_our_own_webhooks_change_nothing_more(bought, operator, stripe, have):
    refund.refund(bought(), credits=100, reason="Too many", actor=operator)
    told(stripe)
    assert have() == Balance(available=300)
    assert Refund.objects.count() == 1


def test_a_refund_made_in_stripes_dashboard_is_mirrored(bought, stripe, have):
    purchase = bought()
    stripe.post("refunds", payment_intent=purchase.payment_intent, amount=300)
    told(stripe)
    told(stripe)
    row = Refund.objects.get()
    assert (row.purchase, row.credits, row.status) == (purchase, 120, Status.SUCCEEDED)
    assert have() == Balance(available=280)


def test_a_refund_that_failed_gives_the_credits_back(bought, operator, stripe, have):
    row = refund.refund(bought(), whole=True, reason="Not needed", actor=operator)
    stripe.do(f"refunds/{row.stripe_id}/fail")
    told(stripe)
    told(stripe)
    row.refresh_from_db()
    assert (row.status, have()) == (Status.FAILED, Balance(available=400))


def test_a_failure_that_overtakes_its_creation_stays_a_failure(bought, stripe, have):
    purchase = bought()
    made = stripe.post("refunds", payment_intent=purchase.payment_intent, amount=1_000)
    for status in ("failed", "succeeded", "pending", "failed"):
        refund.sync_from_stripe(RefundFacts.read({**made, "status": status}))
    assert Refund.objects.get().status == Status.FAILED
    assert have() == Balance(available=400)


def test_money_that_failed_to_arrive_can_be_sent_again(bought, operator, stripe, have):
    purchase = bought()
    first = refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    stripe.do(f"refunds/{first.stripe_id}/fail")
    told(stripe)
    second = refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    assert (second.status, second.credits, have()) == (Status.SUCCEEDED, 400, Balance())


def test_a_refund_before_its_purchase_waits_for_it(buy, stripe, have):
    purchase = buy()
    session = stripe.get(f"checkout/sessions/{purchase.checkout_session}")
    stripe.post("refunds", payment_intent=session["payment_intent"], amount=250)
    told(stripe)
    assert Refund.objects.get().purchase is None
    assert have() == Balance()
    told(stripe, "checkout.session.completed")
    row = Refund.objects.get()
    assert (row.purchase, row.credits, have()) == (purchase, 100, Balance(available=300))


@pytest.mark.parametrize("much", [{"amount": 1_001}, {"amount": 0}, {"credits": 401}, {"amount": -5}])
def test_more_than_was_paid_does_not_go_back(bought, operator, stripe, have, much):
    with pytest.raises(RefundRefused):
        refund.refund(bought(), **much, reason="?", actor=operator)
    assert not Refund.objects.exists()
    assert have() == Balance(available=400)


def test_an_unpaid_purchase_is_not_refunded(buy, operator):
    with pytest.raises(RefundRefused):
        refund.refund(buy(), whole=True, reason="?", actor=operator)


def test_when_stripe_refuses_the_credits_are_back(bought, operator, stripe, have):
    purchase = bought()
    stripe.post("refunds", payment_intent=purchase.payment_intent)  # in the dashboard, and not told to us yet
    with pytest.raises(RefundRefused):
        refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    assert have() == Balance(available=400)
    told(stripe)
    assert have() == Balance()


def test_a_used_event_id_does_not_hide_another_refund(bought, stripe, have):
    purchase = bought()
    for _ in range(2):
        stripe.post("refunds", payment_intent=purchase.payment_intent, amount=100)
    for event in stripe.events("refund.created"):
        for copy in range(3):
            deliver({**event, "id": f"{event['id']}_{copy}"})
    assert (Refund.objects.count(), have()) == (2, Balance(available=320))
