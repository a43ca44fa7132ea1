"""A card is saved once, whoever tells of it, and only a card."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from billing.models import AutoTopUp, PauseKind
from billing.purchases import auto_top_up_pause, saved_card
from tests.billing.purchases.saving import choose, save_card
from tests.billing.stripe_events import deliver_all


@pytest.fixture
def opened(workspace, alice, stripe):
    """A page on which a card can be saved; its session's id."""

    def go():
        saved_card.start_setup(workspace, alice)
        return AutoTopUp.objects.get(workspace=workspace).setup_session

    return go


def hear(stripe):
    """Stripe's events arrive, and what they put off is done."""
    deliver_all(stripe.events("checkout.session.completed"))
    jobs = ProcrastinateJob.objects.filter(task_name="billing.tasks.note_card").order_by("id")
    for job in jobs:
        saved_card.record_card(job.args["session"])
    return len(jobs)


def test_a_card_is_noted_where_the_browser_never_came_back(opened, stripe):
    stripe.do(f"sessions/{opened()}/pay")
    assert AutoTopUp.objects.get().payment_method == ""
    assert hear(stripe) == 1
    row = AutoTopUp.objects.get()
    assert (row.card, row.setup_session) == ("Visa 4242", "")
    assert row.payment_method.startswith("pm_")


def test_it_is_noted_where_we_died_before_we_knew_the_page(opened, stripe):
    session = opened()
    AutoTopUp.objects.update(setup_session="")
    AutoTopUp.objects.get().workspace.payment_pages.update(session=None)
    stripe.do(f"sessions/{session}/pay")
    hear(stripe)
    assert AutoTopUp.objects.get().card == "Visa 4242"


def test_who_comes_back_later_reads_the_same(opened, stripe, alice, client_for):
    stripe.do(f"sessions/{opened()}/pay")
    hear(stripe)
    assert (
        "Visa 4242 is saved" in client_for(alice).get("/billing/top-up/saved", follow=True).content.decode()
    )


def test_of_two_pages_the_later_one_counts_in_whatever_order(opened, stripe):
    first, second = opened(), opened()
    stripe.do(f"sessions/{first}/pay", card="mastercard")
    stripe.do(f"sessions/{second}/pay")
    saved_card.record_card(second)
    saved_card.record_card(first)
    assert AutoTopUp.objects.get().card == "Visa 4242"


def test_being_told_again_ends_no_later_pause(workspace, alice, stripe):
    save_card(workspace, alice, stripe)
    choose(workspace, alice)
    auto_top_up_pause.pause(workspace.pk, PauseKind.DECLINED)
    hear(stripe)
    assert AutoTopUp.objects.get().paused_at is not None


@pytest.mark.parametrize(("kind", "goes_on"), [(PauseKind.CARD_GONE, True), (PauseKind.DEARER, False)])
def test_another_card_ends_a_pause_that_was_about_the_card(workspace, alice, stripe, kind, goes_on):
    save_card(workspace, alice, stripe)
    choose(workspace, alice)
    auto_top_up_pause.pause(workspace.pk, kind)
    save_card(workspace, alice, stripe)
    assert (AutoTopUp.objects.get().paused_at is None) is goes_on


def test_only_cards_can_be_saved(opened, stripe):
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        stripe.do(f"sessions/{opened()}/save_debit")


def test_a_page_of_somebody_elses_is_not_ours(opened, stripe, other_workspace):
    session = opened()
    stripe.post(f"checkout/sessions/{session}", **{"metadata[workspace]": other_workspace.public_id})
    stripe.do(f"sessions/{session}/pay")
    hear(stripe)
    assert AutoTopUp.objects.get().payment_method == ""


def test_a_page_that_was_left_saves_nothing(opened, stripe):
    session = opened()
    saved_card.record_card(session)
    stripe.do(f"sessions/{session}/expire")
    deliver_all(stripe.events("checkout.session.expired"))
    saved_card.record_card(session)
    assert AutoTopUp.objects.get().payment_method == ""


def test_what_was_saved_and_fails_its_check_later_pauses(workspace, alice, stripe):
    row = save_card(workspace, alice, stripe)
    choose(workspace, alice)
    (event,) = stripe.events("setup_intent.succeeded")
    event["data"]["object"]["last_setup_error"] = {"payment_method": {"id": row.payment_method}}
    deliver_all([{**event, "type": "setup_intent.setup_failed", "id": "evt_later"}])
    row.refresh_from_db()
    assert row.paused_kind == "card_gone"
    assert row.paused_at > timezone.now() - timedelta(minutes=1)
