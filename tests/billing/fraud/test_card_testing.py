"""Who tries out cards meets exact limits, and a pause that operators can lift."""

import uuid

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import AuditEvent, Membership, Role, User, Workspace
from billing.errors import CheckoutPaused, TooManyCheckouts
from billing.fraud import card_testing
from billing.models import AutoTopUp, CheckoutPause, Decline, PaymentPage, Purchase
from billing.purchases import checkout, saved_card
from tests.billing.stripe_events import deliver, deliver_all
from tests.billing.test_concurrency import together

ADDRESS, NETWORK = "93.184.216.34", "93.184.216.0/24"


def workspaces(number, user):
    made = [Workspace.objects.create(name=f"W{n}", slug=f"w{n}") for n in range(number)]
    Membership.objects.bulk_create(Membership(workspace=one, user=user, role=Role.OWNER) for one in made)
    return made


def decline(stripe, session, times=1):
    """A bank refuses cards on a page, and Stripe tells us."""
    before = {event["id"] for event in stripe.events()}
    for _ in range(times):
        stripe.do(f"sessions/{session}/decline")
    failed = stripe.events("payment_intent.payment_failed", "setup_intent.setup_failed")
    deliver_all(event for event in failed if event["id"] not in before)


@pytest.fixture
def tried(workspace, alice, stripe):
    """A page on which four cards were declined."""
    purchase = checkout.start(workspace, "starter", user=alice)
    decline(stripe, purchase.checkout_session, 4)
    assert not CheckoutPause.objects.exists()
    return purchase


def close_pages():
    """What the worker does, for each job that was left for it."""
    jobs = ProcrastinateJob.objects.filter(task_name="billing.tasks.close_pages")
    assert sum(card_testing.close_pages(uuid.UUID(job.args["workspace_id"])) >= 0 for job in jobs) == 1


def test_the_fifth_declined_card_pauses_the_workspace_and_closes_its_pages(
    workspace, alice, stripe, tried, have
):
    other = checkout.start(workspace, "growth", user=alice)
    decline(stripe, tried.checkout_session)
    pause = CheckoutPause.objects.get()
    assert (pause.workspace, pause.declines, pause.is_in_force) == (workspace, 5, True)
    close_pages()
    for purchase in (tried, other):
        assert stripe.get(f"checkout/sessions/{purchase.checkout_session}")["status"] == "expired"
    deliver_all(stripe.events("checkout.session.expired"))
    assert set(Purchase.objects.values_list("status", flat=True)) == {Purchase.Status.EXPIRED}
    with pytest.raises(CheckoutPaused, match="Nothing was charged"):
        checkout.start(workspace, "starter", user=alice)
    with pytest.raises(CheckoutPaused):
        saved_card.start_setup(workspace, alice)
    assert (Purchase.objects.count(), PaymentPage.objects.count()) == (2, 2)
    assert have().available == 0
    close_pages()  # safe to run twice


def test_four_declined_cards_and_then_a_payment_are_an_honest_afternoon(workspace, stripe, tried, have):
    stripe.do(f"sessions/{tried.checkout_session}/pay")
    deliver_all(stripe.events("checkout.session.completed"))
    assert have().available == 400
    assert not CheckoutPause.objects.exists()


def test_a_decline_told_twice_counts_once(workspace, stripe, tried):
    event = stripe.events("payment_intent.payment_failed")[0]
    deliver(event)
    deliver(event | {"id": "evt_another_name"})
    assert Decline.objects.count() == 4
    assert not CheckoutPause.objects.exists()


def test_declines_of_an_hour_ago_are_forgotten(workspace, stripe, tried):
    Decline.objects.update(created_at=timezone.now() - card_testing.HOUR)
    decline(stripe, tried.checkout_session)
    assert not CheckoutPause.objects.exists()


def test_a_page_opened_while_the_pause_began_is_closed_too(workspace, alice, stripe, tried):
    decline(stripe, tried.checkout_session)
    ProcrastinateJob.objects.all().delete()
    late = PaymentPage.objects.create(workspace=workspace, user=alice)
    card_testing.record_opened(late, "cs_late")
    assert ProcrastinateJob.objects.filter(task_name="billing.tasks.close_pages").count() == 1


def test_cards_tried_where_one_is_saved_count_the_same(workspace, alice, stripe):
    saved_card.start_setup(workspace, alice)
    session = AutoTopUp.objects.get().setup_session
    decline(stripe, session, 5)
    assert CheckoutPause.objects.get().declines == 5
    close_pages()
    assert stripe.get(f"checkout/sessions/{session}")["status"] == "expired"


def test_pages_to_save_a_card_and_pages_to_pay_are_counted_together(workspace, alice, stripe):
    for _ in range(3):
        checkout.start(workspace, "starter", user=alice)
    for _ in range(2):
        saved_card.start_setup(workspace, alice)
    for attempt in (
        lambda: checkout.start(workspace, "starter", user=alice),
        lambda: saved_card.start_setup(workspace, alice),
    ):
        with pytest.raises(TooManyCheckouts):
            attempt()


def test_who_pays_may_go_on_buying(workspace, alice, bought):
    for _ in range(7):
        bought()


def test_a_saved_card_is_not_an_unfinished_page(workspace, alice, stripe):
    for _ in range(7):
        saved_card.start_setup(workspace, alice)
        stripe.do(f"sessions/{AutoTopUp.objects.get().setup_session}/pay")
        assert saved_card.finish_setup(workspace)


def test_a_person_is_limited_over_all_their_workspaces(alice, stripe):
    several = workspaces(5, alice)
    for number in range(card_testing.UNPAID_OF_A_PERSON):
        checkout.start(several[number % 4], "starter", user=alice)
    with pytest.raises(TooManyCheckouts):
        checkout.start(several[4], "starter", user=alice)
    assert card_testing.UNPAID_OF_A_PERSON == PaymentPage.objects.count() == 10


def test_a_person_whose_cards_were_declined_elsewhere_is_refused_in_every_workspace(alice, stripe):
    for number, workspace in enumerate(workspaces(3, alice)):
        page = PaymentPage.objects.create(workspace=workspace, user=alice)
        Decline.objects.bulk_create(
            Decline(id=f"ch_{number}_{n}", page=page, workspace=workspace) for n in range(4)
        )
    fresh = Workspace.objects.create(name="Fresh", slug="fresh")
    with pytest.raises(TooManyCheckouts):
        checkout.start(fresh, "starter", user=alice)
    assert not Purchase.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_person_s_limit_is_exact_when_many_ask_at_once(alice, stripe):
    several = workspaces(8, alice)
    answers = together(lambda n: checkout.start(several[n % 8], "starter", user=alice), range(24), 8)
    refused = sum(isinstance(answer, TooManyCheckouts) for answer in answers)
    assert refused == 24 - card_testing.UNPAID_OF_A_PERSON
    assert Purchase.objects.count() == card_testing.UNPAID_OF_A_PERSON


@pytest.mark.django_db(transaction=True)
def test_a_network_s_limit_is_exact_when_many_ask_at_once(stripe):
    people = [User.objects.create_user(f"p{n}@example.com") for n in range(15)]
    several = [workspaces_of_one(person) for person in people]

    def ask(number):
        person, workspace = people[number % 15], several[number % 15]
        return checkout.start(workspace, "starter", user=person, address=ADDRESS)

    answers = together(ask, range(45), 8)
    assert (
        sum(isinstance(answer, TooManyCheckouts) for answer in answers)
        == 45 - card_testing.UNPAID_OF_A_NETWORK
    )
    assert PaymentPage.objects.filter(network=NETWORK).count() == card_testing.UNPAID_OF_A_NETWORK


def workspaces_of_one(person):
    return Workspace.objects.create(name=person.email, slug=person.email.partition("@")[0])


@pytest.mark.django_db(transaction=True)
def test_declines_told_at_once_pause_once(workspace, alice, stripe):
    session = checkout.start(workspace, "starter", user=alice).checkout_session
    for _ in range(8):
        stripe.do(f"sessions/{session}/decline")
    events = stripe.events("payment_intent.payment_failed")
    answers = together(lambda n: deliver(events[n % 8]).status_code, range(24), 8)
    assert set(answers) == {200}
    assert (Decline.objects.count(), CheckoutPause.objects.count()) == (8, 1)


def test_the_customer_reads_until_when_and_what_to_do(workspace, alice, stripe, tried, client_for):
    decline(stripe, tried.checkout_session)
    client = client_for(alice)
    page = client.get("/billing").content.decode()
    assert "Purchases are paused until" in page
    assert "write to hello@" in page
    assert 'name="request_key"' not in page
    answer = client.post("/billing/buy", {"pack": "starter", "request_key": "k"}, follow=True)
    assert "Purchases are paused until" in answer.content.decode()
    assert mail.outbox == []


def test_an_operator_sees_the_pause_and_lifts_it(workspace, alice, operator, stripe, tried, client_for):
    decline(stripe, tried.checkout_session)
    pause = CheckoutPause.objects.get()
    desk = client_for(operator)
    assert "in force" in desk.get("/admin/billing/checkoutpause/").content.decode()
    assert desk.get(f"/admin/billing/paymentpage/{tried.page.pk}/change/").status_code == 200
    answer = desk.post(f"/admin/billing/checkoutpause/{pause.pk}/lift/", {"reason": "It was the bank"})
    assert answer.status_code == 302
    pause.refresh_from_db()
    assert (pause.lifted_by, pause.is_in_force) == (operator, False)
    assert AuditEvent.objects.filter(action="checkout.resumed", actor=operator).exists()
    again = checkout.start(workspace, "starter", user=alice)
    decline(stripe, again.checkout_session, 4)
    assert CheckoutPause.objects.count() == 1
    decline(stripe, again.checkout_session)
    assert CheckoutPause.objects.count() == 2


def test_the_api_says_the_same(workspace, alice, stripe, tried, client):
    decline(stripe, tried.checkout_session)
    with pytest.raises(CheckoutPaused) as refused:
        checkout.start(workspace, "starter")
    assert (refused.value.code, refused.value.status) == ("checkout_paused", 429)
    assert 23 * 3600 < refused.value.extra["retry_after"] <= 24 * 3600 + 1
