import pytest

from billing import ledger
from billing.disputes import dispute
from billing.ledger.balance import Balance
from billing.models import Dispute
from billing.refunds import refund
from billing.stripe.objects import DisputeFacts
from tests.billing.stripe_events import deliver_all

TYPES = ("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
         "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated")  # fmt: skip


@pytest.fixture
def disputed(bought, stripe):
    """A purchase of 400 credits whose payer's bank asks questions, and we have heard of it."""

    def go(**more):
        purchase = bought()
        made = stripe.do("disputes", payment_intent=purchase.payment_intent, **more)
        deliver_all(stripe.events(*TYPES))
        return purchase, made["id"]

    return go


def told(stripe):
    deliver_all(stripe.events(*TYPES))


def test_an_opened_dispute_freezes_what_is_left(disputed, have):
    purchase, _ = disputed()
    row = Dispute.objects.get()
    assert (row.purchase, row.frozen, row.status) == (purchase, 400, "needs_response")
    assert row.due_by is not None
    assert have() == Balance(held=400)


def test_only_what_is_left_of_that_purchase_is_frozen(bought, workspace, stripe, have):
    first = bought()
    ledger.hold(workspace, 150, reference="generation:1")
    ledger.capture("generation:1", 150, key="c", about="image:1")
    bought("growth")
    stripe.do("disputes", payment_intent=first.payment_intent)
    told(stripe)
    assert have() == Balance(available=1_200, held=250)


def test_a_won_dispute_thaws(disputed, stripe, have):
    _, made = disputed()
    stripe.do(f"disputes/{made}/win")
    told(stripe)
    told(stripe)
    assert (Dispute.objects.get().status, have()) == ("won", Balance(available=400))


def test_a_lost_dispute_takes_the_credits(disputed, stripe, have):
    _, made = disputed()
    stripe.do(f"disputes/{made}/lose")
    told(stripe)
    told(stripe)
    row = Dispute.objects.get()
    assert (row.status, row.credits, have()) == ("lost", 400, Balance())


def test_lost_after_use_is_debt(bought, workspace, stripe, have):
    purchase = bought()
    ledger.hold(workspace, 400, reference="generation:1")
    ledger.capture("generation:1", 400, key="c", about="image:1")
    made = stripe.do("disputes", payment_intent=purchase.payment_intent)
    told(stripe)
    assert have() == Balance()
    stripe.do(f"disputes/{made['id']}/lose")
    told(stripe)
    assert have() == Balance(debt=400)


def test_lost_and_refunded_takes_once(bought, operator, stripe, have):
    purchase = bought()
    refund.refund(purchase, amount=600, reason="A part", actor=operator)
    dispute.sync_from_stripe(
        DisputeFacts("dp_1", purchase.payment_intent, "ch_1", 1_000, "lost", "fraudulent", None)
    )
    assert have() == Balance()
    refund.refund(purchase, whole=True, reason="The rest", actor=operator)
    assert have() == Balance()


def test_an_inquiry_freezes_and_takes_nothing(disputed, stripe, have):
    purchase, made = disputed(status="warning_needs_response")
    assert have() == Balance(held=400)
    closed = DisputeFacts(made, purchase.payment_intent, "ch_1", 1_000, "warning_closed", "general", None)
    dispute.sync_from_stripe(closed)
    assert have() == Balance(available=400)


def test_news_that_comes_late_opens_nothing_again(disputed, stripe, have):
    purchase, made = disputed()
    for status in ("won", "needs_response", "under_review", "won"):
        dispute.sync_from_stripe(
            DisputeFacts(made, purchase.payment_intent, "ch_1", 1_000, status, "general", None)
        )
    assert (Dispute.objects.get().status, have()) == ("won", Balance(available=400))


def test_a_dispute_before_its_purchase_waits_for_it(buy, stripe, have):
    purchase = buy()
    session = stripe.get(f"checkout/sessions/{purchase.checkout_session}")
    stripe.do("disputes", payment_intent=session["payment_intent"])
    told(stripe)
    assert have() == Balance()
    deliver_all(stripe.events("checkout.session.completed"))
    assert (Dispute.objects.get().purchase, have()) == (purchase, Balance(held=400))
