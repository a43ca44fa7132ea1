"""Above a set number of credits a gift or a taking away waits for a second operator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from billing.approvals import credit_adjustments
from billing.errors import AdjustmentRefused, InsufficientCredits
from billing.models import CreditPolicy, CreditRequest
from billing.models.ledger import Transfer

Status = CreditRequest.Status


@pytest.fixture(autouse=True)
def policy(db):
    """One operator alone may move 1,000 credits a day."""
    CreditPolicy.objects.update_or_create(pk=1, defaults={"alone_up_to": 1_000})


@pytest.fixture
def otto(db):
    """A second operator, who may do everything too."""
    return User.objects.create_superuser("otto@example.com", "create-with-io", name="Otto")


@pytest.fixture
def finn(db):
    """An operator of the finance team, with the permissions that a test gives him."""
    return User.objects.create_user("finn@example.com", "create-with-io", name="Finn", is_staff=True)


def may(user, *names):
    user.user_permissions.set(Permission.objects.filter(codename__in=names))


def adjust(workspace, operator, credits, key="k"):
    return credit_adjustments.adjust_or_request(
        workspace, credits, reason="A mistake", operator=operator, request_key=key
    )


def said():
    return set(AuditEvent.objects.exclude(action="token.created").values_list("action", flat=True))


def test_five_million_in_one_click_wait_for_a_second_operator(workspace, fund, operator, client_for, have):
    fund(workspace, 10)
    page = reverse("admin:billing_wallet_adjust", args=[workspace.pk])
    sent = {"credits": "5000000", "reason": "A gift", "key": "one"}
    answer = client_for(operator).post(page, sent, follow=True)
    assert "Nothing has moved yet" in answer.text
    client_for(operator).post(page, sent)
    assert have().available == 10
    assert (CreditRequest.objects.get().credits, said()) == (5_000_000, {"credits.requested"})


@pytest.mark.parametrize("credits", [1_000, -1_000])
def test_what_one_may_move_alone_moves_at_once(credits, workspace, fund, operator, have):
    fund(workspace, 5_000)
    assert adjust(workspace, operator, credits) is None
    assert have().available == 5_000 + credits
    assert said() == {"wallet.adjusted"}


@pytest.mark.parametrize("credits", [1_001, -1_001])
def test_more_waits_and_moves_nothing(credits, workspace, fund, operator, otto, have):
    fund(workspace, 5_000)
    asked = adjust(workspace, operator, credits)
    assert (asked.status, asked.credits, asked.asked_by, have().available) == (
        Status.WAITING, credits, operator, 5_000,
    )  # fmt: skip
    for _ in range(2):
        assert credit_adjustments.approve(asked.pk, otto).decided_by == otto
    assert have().available == 5_000 + credits
    moved = Transfer.objects.get(key=f"agreed:{asked.pk}")
    assert (moved.actor, moved.reason) == (operator, "A mistake")
    assert said() == {"credits.requested", "credits.approved"}


def test_many_small_ones_get_round_nothing(workspace, other_workspace, fund, operator, otto, have):
    fund(workspace, 5_000)
    assert adjust(workspace, operator, 600, "1") is None
    assert adjust(other_workspace, operator, 300, "2") is None
    assert adjust(workspace, operator, -101, "3").status == Status.WAITING
    assert adjust(workspace, operator, -100, "4") is None
    assert adjust(workspace, otto, 1_000, "5") is None, "another operator has a day of their own"
    assert have().available == 5_000 + 600 - 100 + 1_000


def test_a_day_later_there_is_room_again_and_what_was_approved_takes_none(workspace, operator, otto):
    credit_adjustments.approve(adjust(workspace, operator, 9_000, "1").pk, otto)
    assert adjust(workspace, operator, 1_000, "2") is None
    later = timezone.now() + timedelta(hours=24, seconds=1)
    assert credit_adjustments.remaining_limit(operator) == 0
    assert credit_adjustments.remaining_limit(operator, now=later) == 1_000


def test_the_same_form_moves_once_and_stays_what_it_became(workspace, operator, otto, have):
    assert adjust(workspace, operator, 1_000, "1") is None
    assert adjust(workspace, operator, 1_000, "1") is None
    asked = adjust(workspace, operator, 1_000, "2")
    credit_adjustments.decline(asked.pk, otto, "No")
    CreditPolicy.objects.update(alone_up_to=50_000)
    assert adjust(workspace, operator, 1_000, "2") == asked
    assert have().available == 1_000


def test_a_forged_key_of_the_form_makes_no_room(workspace, operator, client_for, have):
    page = reverse("admin:billing_wallet_adjust", args=[workspace.pk])
    adjust(workspace, operator, 1)
    for key in ("agreed:1", "request:2", "adjust:agreed:3", "x" * 500):
        client_for(operator).post(page, {"credits": "600", "reason": "A gift", "key": key})
    assert have().available == 601


def test_the_same_form_with_other_numbers_is_refused(workspace, operator):
    adjust(workspace, operator, 10)
    adjust(workspace, operator, 5_000, "2")
    for credits, key in ((11, "k"), (5_001, "2")):
        with pytest.raises(AdjustmentRefused, match="already sent"):
            adjust(workspace, operator, credits, key)


def test_who_asked_never_approves(workspace, operator, have):
    asked = adjust(workspace, operator, 5_000)
    with pytest.raises(AdjustmentRefused, match="another operator"):
        credit_adjustments.approve(asked.pk, operator)
    assert have().available == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditRequest.objects.update(status=Status.APPROVED, decided_by=operator)
    assert credit_adjustments.decline(asked.pk, operator, "A mistake").status == Status.WITHDRAWN


def test_declined_is_declined(workspace, operator, otto, have):
    asked = adjust(workspace, operator, 5_000)
    credit_adjustments.decline(asked.pk, otto, "Not ours to give")
    with pytest.raises(AdjustmentRefused, match="declined by Otto"):
        credit_adjustments.approve(asked.pk, otto)
    assert (have().available, said()) == (0, {"credits.requested", "credits.declined"})


def test_no_more_is_taken_away_than_there_is(workspace, fund, operator, otto, have):
    fund(workspace, 5_000)
    with pytest.raises(InsufficientCredits):
        adjust(workspace, operator, -5_001)
    asked = adjust(workspace, operator, -5_000)
    adjust(workspace, otto, -1, "2")
    with pytest.raises(InsufficientCredits):
        credit_adjustments.approve(asked.pk, otto)
    asked.refresh_from_db()
    assert (asked.status, have().available) == (Status.WAITING, 4_999)


@pytest.mark.parametrize("credits", ["0", "", "99999999999999999999", "-2000000001", "1.5", "²"])
def test_nonsense_is_said_at_the_form(credits, workspace, fund, operator, client_for, have):
    fund(workspace, 10)
    page = reverse("admin:billing_wallet_adjust", args=[workspace.pk])
    answer = client_for(operator).post(page, {"credits": credits, "reason": "A gift", "key": "one"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert have().available == 10


def page(action, asked):
    return reverse(f"admin:billing_creditrequest_{action}", args=[asked.pk])


def test_a_permission_of_its_own_and_fresh_proof_are_needed_to_decide(
    workspace, operator, finn, client_for, have
):
    asked = adjust(workspace, operator, 5_000)
    may(finn, "view_creditrequest", "change_creditrequest", "change_wallet", "approve_refund")
    for action in ("approve", "decline"):
        answer = client_for(finn, proven=True).post(page(action, asked), {"reason": "Because"})
        assert answer.status_code == 403
    may(finn, "view_creditrequest", "approve_credits")
    answer = client_for(finn).post(page("approve", asked))
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert have().available == 0
    browser = client_for(finn, proven=True)
    assert "sidebar-badge" in browser.get(reverse("admin:index")).text
    assert "5,000 credits" in browser.get(page("change", asked)).text
    assert browser.post(page("approve", asked)).status_code == 302
    assert have().available == 5_000


def test_who_asked_is_told_so_and_can_withdraw(workspace, finn, client_for, have):
    may(finn, "view_creditrequest", "approve_credits")
    asked = adjust(workspace, finn, 5_000)
    browser = client_for(finn, proven=True)
    assert "another operator has to approve" in browser.post(page("approve", asked)).text
    assert browser.post(page("decline", asked), {"reason": "A mistake"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.status, have().available) == (Status.WITHDRAWN, 0)


def test_a_new_limit_needs_its_permission_and_is_kept_in_the_trail(workspace, operator, finn, client_for):
    address = reverse("admin:billing_creditpolicy_change", args=[1])
    may(finn, "view_creditpolicy", "change_wallet")
    assert (
        client_for(finn, proven=True)
        .post(address, {"alone_up_to": "20000", "reason": "More are needed"})
        .status_code
        == 403
    )
    answer = client_for(operator).post(address, {"alone_up_to": "20000", "reason": "More are needed"})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert (
        client_for(operator, proven=True)
        .post(address, {"alone_up_to": "20000", "reason": "More are needed"})
        .status_code
        == 302
    )
    assert adjust(workspace, operator, 20_000) is None
    assert AuditEvent.objects.get(action="credit_policy.changed").detail == {
        "from": 1_000,
        "to": 20_000,
        "reason": "More are needed",
    }


@pytest.mark.django_db(transaction=True)
def test_pieces_at_the_same_moment_get_round_nothing_either(workspace, operator, have):
    def one(n):
        try:
            return adjust(workspace, operator, 300, f"k{n}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    assert sum(answer is None for answer in answers) == 3
    assert have().available == 900
