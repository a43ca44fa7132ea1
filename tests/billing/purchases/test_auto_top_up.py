from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.utils import timezone

from billing import ledger, maintenance
from billing.errors import TopUpRefused
from billing.ledger.balance import Balance, for_workspace
from billing.models import AutoTopUp, Purchase
from billing.plans.offers import Terms
from billing.purchases import auto_top_up
from tests.billing.purchases.saving import choose, save_card
from tests.billing.stripe_events import deliver_all
from tests.support import letters


@pytest.fixture
def saved(workspace, alice, stripe):
    """Alice has saved a card and switched auto top-up on: below 100 credits it buys 400."""
    save_card(workspace, alice, stripe)
    return choose(workspace, alice)


def behave(stripe, row, card):
    stripe.do(f"payment_methods/{row.payment_method}", card=card)


def test_consent_card_and_choice_are_kept(saved, alice):
    assert (saved.is_on, saved.consented_by, saved.card) == (True, alice, "Visa 4242")
    assert saved.consented_at is not None


def test_without_a_card_it_can_not_be_switched_on(workspace, alice, stripe):
    with pytest.raises(TopUpRefused):
        choose(workspace, alice)
    assert not AutoTopUp.objects.filter(is_on=True).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"shown": Terms("nonsense", 400, 1000)},
        {"shown": None},
        {"threshold": 7},
        {"per_day": 6},
        {"per_day": 0},
    ],
)
def test_only_what_is_on_offer_can_be_chosen(saved, workspace, alice, change):
    with pytest.raises(TopUpRefused):
        choose(workspace, alice, **change)


def test_when_credits_run_low_a_pack_is_bought(saved, workspace, fund, have):
    fund(workspace, 150)
    assert maintenance.top_ups() == 0
    ledger.hold(workspace, 51, reference="generation:1")
    assert maintenance.top_ups() == 1
    assert have() == Balance(available=499, held=51)
    purchase = Purchase.objects.get()
    assert (purchase.is_automatic, purchase.status, purchase.credits) == (True, "paid", 400)
    assert maintenance.top_ups() == 0


def test_webhooks_about_it_credit_nothing_more(saved, workspace, fund, stripe, have):
    fund(workspace, 10)
    maintenance.top_ups()
    deliver_all(stripe.events("payment_intent.succeeded", "payment_intent.created"))
    assert have() == Balance(available=410)


def test_it_buys_at_most_so_often_a_day(saved, workspace, fund, have):
    fund(workspace, 10)
    for number in range(4):
        maintenance.top_ups()
        left = have().available
        ledger.hold(workspace, left, reference=f"generation:{number}") if left else None
    assert Purchase.objects.filter(status="paid").count() == 2
    Purchase.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert maintenance.top_ups() == 1


@pytest.mark.parametrize(
    ("card", "words"), [("chargeDeclined", "declined"), ("authenticationRequired", "confirm the payment")]
)
def test_a_decline_pauses_and_says_so_once(saved, workspace, fund, stripe, have, card, words):
    fund(workspace, 10)
    behave(stripe, saved, card)
    for _ in range(3):
        maintenance.top_ups()
    saved.refresh_from_db()
    assert saved.paused_at is not None
    assert have() == Balance(available=10)
    assert Purchase.objects.get().status == "failed"
    assert mail.outbox == []  # no mail server is waited for under a lock
    assert letters.deliver() == 1
    (letter,) = mail.outbox
    assert words in letter.subject
    assert "Nothing was charged." in letter.body
    assert "Below 100 credits: Starter, 400 credits" in letter.body
    assert letter.to == ["alice@example.com"]


def test_a_decline_is_told_when_the_mail_server_is_back_and_charged_no_second_time(
    saved, workspace, fund, stripe, have, settings
):
    fund(workspace, 10)
    behave(stripe, saved, "chargeDeclined")
    works, nobody = settings.MAILERS, {"host": "127.0.0.1", "port": 1}
    settings.MAILERS = {
        "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": nobody}
    }
    assert maintenance.top_ups() == 1
    (told,) = letters.posted()
    with pytest.raises(OSError, match="refused"):
        letters.deliver()  # the queue tries it again, for hours
    settings.MAILERS = works
    assert maintenance.top_ups() == 0
    assert letters.posted() == [told]
    assert (letters.deliver(), len(mail.outbox)) == (1, 1)
    assert len(stripe.get("payment_intents")["data"]) == 1
    assert have() == Balance(available=10)


def test_a_pause_and_its_letter_are_one_commit(saved, workspace, fund, stripe):
    fund(workspace, 10)
    behave(stripe, saved, "chargeDeclined")
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE procrastinate_jobs ADD CONSTRAINT no_letters CHECK (queue_name <> 'mail') NOT VALID"
        )
    with pytest.raises(IntegrityError):
        auto_top_up.run(workspace.pk)
    saved.refresh_from_db()
    assert (saved.paused_at, Purchase.objects.get().status, letters.posted()) == (None, "pending", [])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE procrastinate_jobs DROP CONSTRAINT no_letters")
    AutoTopUp.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    assert maintenance.top_ups() == 1
    assert (len(letters.posted()), len(stripe.get("payment_intents")["data"])) == (1, 1)


def test_a_letter_that_is_late_says_nothing_that_is_no_longer_true(saved, workspace, alice, fund, stripe):
    fund(workspace, 10)
    behave(stripe, saved, "chargeDeclined")
    maintenance.top_ups()
    choose(workspace, alice)
    assert letters.deliver() == 1
    assert mail.outbox == []


def test_switching_it_on_again_ends_the_pause(saved, workspace, alice, fund, stripe, have):
    fund(workspace, 10)
    behave(stripe, saved, "chargeDeclined")
    maintenance.top_ups()
    behave(stripe, saved, "visa")
    assert maintenance.top_ups() == 0
    choose(workspace, alice)
    assert maintenance.top_ups() == 1
    assert have() == Balance(available=410)


def test_a_charge_without_an_answer_is_asked_about_again_and_not_repeated(
    saved, workspace, fund, stripe, have
):
    fund(workspace, 10)
    stripe.control.post(
        "/script",
        json=[{"match": {"path": "/v1/payment_intents"}, "times": 2, "do": "reset"}],
    )
    maintenance.top_ups()
    assert have() == Balance(available=10)
    assert maintenance.top_ups() == 0  # the lease is held
    AutoTopUp.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    assert maintenance.top_ups() == 1
    assert have() == Balance(available=410)
    assert Purchase.objects.count() == 1
    paid = [intent for intent in stripe.get("payment_intents")["data"] if intent["status"] == "succeeded"]
    assert len(paid) == 1


def test_a_suspended_workspace_is_not_charged(saved, workspace, fund):
    fund(workspace, 10)
    workspace.suspended_at = timezone.now()
    workspace.save()
    assert maintenance.top_ups() == 0
    assert auto_top_up.run(workspace.pk) is None


def test_switched_off_it_charges_nothing(saved, workspace, alice, fund):
    fund(workspace, 10)
    choose(workspace, alice, on=False)
    assert maintenance.top_ups() == 0


@pytest.mark.django_db(transaction=True)
def test_many_processes_at_once_charge_once(saved, workspace, fund, stripe):
    fund(workspace, 10)

    def go(_):
        try:
            return auto_top_up.run(workspace.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(go, range(16)))
    assert for_workspace(workspace) == Balance(available=410)
    assert Purchase.objects.count() == 1
