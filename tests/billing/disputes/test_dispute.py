import pytest

from billing import ledger
from billing.disputes import dispute
from billing.ledger.balance import Balance
from billing.models import Dispute
from billing.models.refund_request import RefundAmount
from billing.reconciliation import stripe_objects
from billing.reconciliation.invariants import violations
from billing.refunds import plan, refund
from billing.stripe.objects import DisputeFacts, RefundFacts
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


def differences():
    return stripe_objects.compare().differences


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


def test_a_lost_dispute_can_be_won_later(disputed, stripe, have):
    _, made = disputed()
    stripe.do(f"disputes/{made}/lose")
    told(stripe)
    assert have() == Balance()
    stripe.do(f"disputes/{made}/win")
    news = stripe.events(*TYPES)
    for order in (news, news[::-1], news):
        deliver_all(order)
    row = Dispute.objects.get()
    assert (row.status, row.withdrawn, row.lines, have()) == ("won", 0, 2, Balance(available=400))
    assert (violations(), differences()) == ([], [])


def test_credits_stay_frozen_until_the_money_is_back(disputed, stripe, have):
    _, made = disputed()
    stripe.do(f"disputes/{made}/win")
    closed, reinstated = stripe.events(*TYPES)[-2:]
    deliver_all([closed])
    assert (Dispute.objects.get().status, have()) == ("won", Balance(held=400))
    assert violations() == []
    deliver_all([reinstated])
    assert have() == Balance(available=400)


def test_what_was_prevented_by_our_money_takes_the_credits(bought, stripe, have):
    purchase = bought()
    stripe.do("disputes", payment_intent=purchase.payment_intent, status="prevented")
    told(stripe)
    assert (Dispute.objects.get().status, have()) == ("prevented", Balance())
    assert (violations(), differences()) == ([], [])


def test_what_was_prevented_for_nothing_takes_nothing(bought, stripe, have):
    purchase = bought()
    stripe.do("disputes", payment_intent=purchase.payment_intent, status="prevented", withdrawn=False)
    told(stripe)
    assert have() == Balance(available=400)
    assert (violations(), differences()) == ([], [])


def test_prevented_while_our_refund_fails_takes_once(bought, operator, stripe, have):
    purchase = bought()
    row = refund.refund(purchase, whole=True, reason="Asked for", actor=operator)
    assert have() == Balance()
    stripe.do("disputes", payment_intent=purchase.payment_intent, status="prevented")
    told(stripe)
    refund.sync_from_stripe(RefundFacts.read(stripe.do(f"refunds/{row.stripe_id}/fail")))
    assert have() == Balance()
    assert (violations(), differences()) == ([], [])


def test_a_refund_during_an_inquiry_takes_its_own_credits_and_ends_it(
    disputed, bought, operator, stripe, have
):
    purchase, _ = disputed(status="warning_needs_response")
    bought("growth")
    refund.refund(purchase, whole=True, reason="The bank asks", actor=operator)
    assert have() == Balance(available=1_200)
    told(stripe)
    row = Dispute.objects.get()
    assert (row.status, row.fee, have()) == ("warning_closed", None, Balance(available=1_200))
    assert (violations(), differences()) == ([], [])


def test_after_a_part_refund_the_rest_stays_frozen_while_an_inquiry_goes_on(disputed, operator, stripe, have):
    purchase, made = disputed(status="warning_needs_response")
    row = refund.refund(purchase, amount=500, reason="Half", actor=operator)
    assert have() == Balance(held=200)
    refund.sync_from_stripe(RefundFacts.read(stripe.do(f"refunds/{row.stripe_id}/fail")))
    assert have() == Balance(held=400)
    stripe.do(f"disputes/{made}/win")
    told(stripe)
    assert have() == Balance(available=400)
    assert (violations(), differences()) == ([], [])


def test_an_inquiry_that_becomes_a_dispute_freezes_and_takes(disputed, stripe, have):
    _, made = disputed(status="warning_needs_response")
    stripe.do(f"disputes/{made}/escalate")
    told(stripe)
    assert (Dispute.objects.get().status, have()) == ("needs_response", Balance(held=400))
    stripe.do(f"disputes/{made}/lose")
    told(stripe)
    assert have() == Balance()
    assert (violations(), differences()) == ([], [])


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


def test_operators_are_offered_the_refund_that_ends_an_inquiry(disputed, workspace, operator, client_for):
    purchase, _ = disputed(status="warning_needs_response")
    client = client_for(operator, proven=True)
    refund_page = f"/admin/billing/purchase/{purchase.pk}/refund/"
    page = client.get(f"/admin/billing/dispute/{Dispute.objects.get().pk}/change/")
    assert refund_page in page.content.decode()
    text = client.get(refund_page, follow=True).content.decode()
    assert "ends the inquiry" in text
    assert "Stripe rejects refunds" not in text
    assert plan.make_plan(purchase, RefundAmount(whole=True)) == plan.RefundPlan(1_000, 400, 0)


def test_the_customers_list_says_what_went_back(disputed, stripe, alice, client_for):
    _, made = disputed()
    page = client_for(alice).get("/billing/purchases").content.decode()
    assert "Disputed" in page
    assert "asking about this payment" in page
    stripe.do(f"disputes/{made}/lose")
    told(stripe)
    for address in ("/billing", "/billing/purchases"):
        page = client_for(alice).get(address).content.decode()
        assert "The bank took $10.00 back." in page
        assert "asking about" not in page


def test_the_customers_list_says_what_was_refunded(bought, operator, alice, client_for):
    purchase = bought()
    refund.refund(purchase, amount=250, reason="Goodwill", actor=operator)
    page = client_for(alice).get("/billing/purchases").content.decode()
    assert "partly refunded" in page
    assert "$2.50 refunded" in page
    refund.refund(purchase, amount=750, reason="Goodwill", actor=operator)
    page = client_for(alice).get("/billing/purchases").content.decode()
    assert ">Refunded<" in page
    assert "partly" not in page
