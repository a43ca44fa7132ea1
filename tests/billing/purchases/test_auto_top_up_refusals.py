"""What Stripe refuses for good stops auto top-up; what may pass is tried again, within bounds; operators mend the rest."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from billing import maintenance
from billing.ledger.balance import Balance
from billing.models import AutoTopUp, Purchase, StripeTrouble
from billing.purchases import auto_top_up
from tests.billing.purchases.saving import choose, save_card
from tests.billing.stripe_events import deliver_all
from tests.support import letters

INTENTS = {"path": "/v1/payment_intents", "method": "POST"}


@pytest.fixture
def saved(workspace, alice, stripe, fund):
    """Alice has agreed to 400 credits for $10 whenever fewer than 100 are left, and 10 are."""
    save_card(workspace, alice, stripe)
    fund(workspace, 10)
    return choose(workspace, alice)


@pytest.fixture
def refuse(stripe):
    """Have Stripe answer charges like this, for ever or so often."""

    def go(status=0, times=0, **options):
        what = {"do": "status", "status": status} if status else {"do": "reset"}
        rule = {"match": INTENTS, "times": times} | what | options
        stripe.control.post("/script", json=[rule]).raise_for_status()

    return go


def five_minutes_later():
    AutoTopUp.objects.exclude(busy_until=None).update(busy_until=timezone.now() - timedelta(seconds=1))


def tried(stripe):
    """The keys of all charges that were asked for."""
    calls = stripe.control.get("/log").json()["calls"]
    return [
        call["idempotency_key"]
        for call in calls
        if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")
    ]


def told():
    letters.deliver()
    found = [(letter.to[0], letter.subject) for letter in mail.outbox]
    mail.outbox.clear()
    return found


def test_a_detached_card_is_told_once_and_not_tried_again(saved, stripe, have):
    stripe.post(f"payment_methods/{saved.payment_method}/detach")
    for _ in range(5):
        maintenance.top_ups()
        five_minutes_later()
    saved.refresh_from_db()
    assert (saved.paused_kind, saved.busy_until) == ("card_gone", None)
    assert Purchase.objects.get().status == "failed"
    assert len(tried(stripe)) == 1
    assert told() == [("alice@example.com", "Auto top-up is paused: the saved card can't be used any more")]
    assert have() == Balance(available=10)


def test_a_deleted_customer_is_told_and_another_card_can_be_saved(
    saved, workspace, alice, client_for, stripe, have
):
    customer = workspace.customer.stripe_id
    stripe.api.delete(f"/customers/{customer}").raise_for_status()
    assert stripe.get(f"customers/{customer}") == {"id": customer, "object": "customer", "deleted": True}
    maintenance.top_ups()
    assert len(told()) == 1
    answer = client_for(alice, proven=True).post("/billing/top-up/card")
    assert answer.status_code == 303
    stripe.do(f"sessions/{AutoTopUp.objects.get().setup_session}/pay")
    client_for(alice).get("/billing/top-up/saved")
    assert maintenance.top_ups() == 1
    assert have() == Balance(available=410)


def test_a_request_that_stripe_finds_wrong_stops_it_and_operators_hear_of_it(saved, operator, refuse, stripe):
    refuse(400, message="Something about the request.")
    for _ in range(3):
        maintenance.top_ups()
    assert len(tried(stripe)) == 1
    assert sorted(told()) == [
        ("alice@example.com", "Auto top-up is paused: our payment provider refuses the payment"),
        ("olga@example.com", "Stripe finds a request of ours wrong"),
    ]


@pytest.mark.parametrize(
    ("status", "options", "subject"),
    [
        (401, {}, "Stripe refuses our key"),
        (403, {}, "Stripe does not allow our key to do this"),
        (400, {"type": "idempotency_error"}, "Stripe knows an idempotency key with another request"),
    ],
)
def test_what_operators_have_to_mend_is_told_to_them_once_a_day_and_ends(
    saved, workspace, alice, operator, client_for, refuse, stripe, have, status, options, subject
):
    refuse(status, **options)
    for _ in range(3):
        maintenance.top_ups()
        five_minutes_later()
    assert told() == [("olga@example.com", subject)]
    assert AutoTopUp.objects.get().paused_at is None
    (row,) = StripeTrouble.objects.all()
    assert (row.times, row.get_kind_display()) == (3, subject)
    dashboard = client_for(operator).get("/admin/").content.decode()
    assert subject in dashboard
    for _ in range(auto_top_up.MAX_TRIES):
        maintenance.top_ups()
        five_minutes_later()
    assert len(tried(stripe)) == auto_top_up.MAX_TRIES
    assert told() == [("alice@example.com", "Auto top-up is paused: our payment provider gives no answer")]
    StripeTrouble.objects.update(told_at=timezone.now() - timedelta(hours=25))
    choose(workspace, alice)
    maintenance.top_ups()
    assert told() == [("olga@example.com", subject)]
    stripe.control.delete("/script")
    five_minutes_later()
    maintenance.top_ups()
    assert (have(), Purchase.objects.count()) == (Balance(available=410), 1)


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_what_may_pass_is_tried_again_with_longer_pauses_and_not_for_ever(
    saved, operator, refuse, stripe, have, status
):
    refuse(status, code="rate_limit" if status == 429 else None)
    pauses = []
    for _ in range(auto_top_up.MAX_TRIES + 3):
        before = timezone.now()
        maintenance.top_ups()
        saved.refresh_from_db()
        pauses.append(round((saved.busy_until - before).total_seconds() / 60))
        five_minutes_later()
    assert pauses[: auto_top_up.MAX_TRIES] == [5, 10, 20, 40, 80, 160, 320, 640]
    assert told() == [("alice@example.com", "Auto top-up is paused: our payment provider gives no answer")]
    assert (Purchase.objects.get().status, have()) == ("pending", Balance(available=10))
    assert not StripeTrouble.objects.exists()


def test_a_charge_whose_answer_was_lost_is_found_and_not_made_again(saved, stripe, have):
    stripe.control.post("/script", json=[{"match": INTENTS, "times": 1, "do": "reset", "at": -1}])
    stripe.control.post("/script", json=[{"match": INTENTS, "times": 0, "do": "reset"}])
    maintenance.top_ups()
    assert have() == Balance(available=10)
    five_minutes_later()
    maintenance.top_ups()
    assert (have(), len(stripe.get("payment_intents")["data"])) == (Balance(available=410), 1)


def test_a_500_that_stripe_keeps_for_its_key_is_passed_with_another(saved, refuse, stripe, have):
    refuse(500, times=1, kept=True)
    for _ in range(3):
        maintenance.top_ups()
        five_minutes_later()
    assert have() == Balance(available=410)
    assert len(set(tried(stripe))) == 2
    assert len(stripe.get("payment_intents")["data"]) == 1


def test_another_card_takes_the_place_of_one_without_an_answer(saved, workspace, alice, refuse, stripe, have):
    refuse()
    maintenance.top_ups()
    stripe.post(f"payment_methods/{saved.payment_method}/detach")
    stripe.control.delete("/script")
    save_card(workspace, alice, stripe)
    five_minutes_later()
    maintenance.top_ups()
    assert (have(), Purchase.objects.get().status) == (Balance(available=410), "paid")


def test_what_was_paused_without_an_answer_is_looked_up_every_hour(saved, refuse, stripe, have):
    refuse()
    maintenance.top_ups()
    AutoTopUp.objects.update(is_on=False)
    Purchase.objects.update(created_at=timezone.now() - timedelta(hours=3))
    maintenance.purchases()
    assert Purchase.objects.get().status == "pending"  # it may still be asked for
    Purchase.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=5))
    maintenance.purchases()
    assert Purchase.objects.get().status == "expired"


def test_money_that_was_taken_without_a_word_is_credited(saved, stripe, have):
    stripe.control.post("/script", json=[{"match": INTENTS, "times": 1, "do": "reset", "at": -1}])
    stripe.control.post("/script", json=[{"match": INTENTS, "times": 0, "do": "reset"}])
    maintenance.top_ups()
    AutoTopUp.objects.update(is_on=False)
    Purchase.objects.update(created_at=timezone.now() - timedelta(hours=3))
    maintenance.purchases()
    assert (Purchase.objects.get().status, have()) == ("paid", Balance(available=410))


def test_a_payment_that_bounces_days_later_pauses_by_webhook(saved, workspace, stripe, have):
    stripe.do(f"payment_methods/{saved.payment_method}", card="bankDebit")
    maintenance.top_ups()
    assert Purchase.objects.get().status == "processing"
    Purchase.objects.update(created_at=timezone.now() - timedelta(days=4))
    assert maintenance.top_ups() == 0  # none beside one that is under way
    stripe.do(f"payment_intents/{stripe.get('payment_intents')['data'][0]['id']}/fail")
    deliver_all(stripe.events("payment_intent.payment_failed"))
    assert told() == [("alice@example.com", "Auto top-up is paused: the card was declined")]
    assert (Purchase.objects.get().status, have()) == ("failed", Balance(available=10))
    assert maintenance.top_ups() == 0


def test_a_payment_that_is_canceled_at_stripe_pauses_by_webhook(saved, stripe):
    stripe.do(f"payment_methods/{saved.payment_method}", card="bankDebit")
    maintenance.top_ups()
    (under_way,) = stripe.events("payment_intent.processing")
    deliver_all([{**under_way, "type": "payment_intent.canceled", "id": "evt_canceled"}])
    assert Purchase.objects.get().status == "failed"
    assert AutoTopUp.objects.get().paused_at is not None


def test_a_webhook_that_is_quicker_or_late_makes_no_second_letter(saved, workspace, alice, stripe):
    stripe.do(f"payment_methods/{saved.payment_method}", card="chargeDeclined")
    maintenance.top_ups()
    deliver_all(stripe.events("payment_intent.payment_failed"))
    assert len(told()) == 1
    choose(workspace, alice)
    late = stripe.events("payment_intent.payment_failed")[0]
    deliver_all([{**late, "id": "evt_late"}])
    assert AutoTopUp.objects.get().paused_at is None


def test_failures_count_toward_the_day_until_somebody_acts(saved, workspace, alice, stripe):
    stripe.do(f"payment_methods/{saved.payment_method}", card="chargeDeclined")
    maintenance.top_ups()
    AutoTopUp.objects.update(paused_at=None)  # as if nobody had noticed
    maintenance.top_ups()
    AutoTopUp.objects.update(paused_at=None)
    assert maintenance.top_ups() == 0
    assert Purchase.objects.filter(status="failed").count() == 2
    stripe.do(f"payment_methods/{saved.payment_method}", card="visa")
    choose(workspace, alice)
    assert maintenance.top_ups() == 1
    assert Purchase.objects.filter(status="paid").count() == 1


def test_buying_by_hand_says_so_in_words_while_our_key_is_refused(alice, operator, client_for, stripe):
    stripe.control.post(
        "/script", json=[{"match": {"path": "/v1/"}, "times": 0, "do": "status", "status": 401}]
    )
    for path, form in (
        ("/billing/buy", {"pack": "growth", "request_key": "k"}),
        ("/billing/top-up/card", {}),
    ):
        page = client_for(alice, proven=True).post(path, form, follow=True)
        assert (
            page.status_code,
            "Something is wrong between us and our payment provider" in page.content.decode(),
        ) == (200, True)
    assert told() == [("olga@example.com", "Stripe refuses our key")]
    assert StripeTrouble.objects.get().times == 2
