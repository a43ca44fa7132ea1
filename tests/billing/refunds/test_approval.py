"""Above a set amount a refund waits for a second operator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from billing.errors import NeedsSecondOperator, RefundRefused
from billing.models import Refund, RefundPolicy, RefundRequest
from billing.models.refund_request import RefundAmount
from billing.refunds import approval, plan, refund

Status = RefundRequest.Status


@pytest.fixture
def purchase(bought):
    """4,000 credits for $100, ten dollars above what is allowed here to one operator."""
    RefundPolicy.objects.update_or_create(pk=1, defaults={"alone_up_to": 9_000})
    return bought("professional")


@pytest.fixture
def otto(db):
    """A second operator, who may do everything too."""
    return User.objects.create_superuser("otto@example.com", "create-with-io", name="Otto")


def wanted(purchase, operator, way=None, key="k"):
    way = way or RefundAmount(whole=True)
    seen = plan.make_plan(purchase, way)
    return approval.refund_or_request(
        purchase, way, seen=seen, reason="Not needed", operator=operator, request_key=key
    )


def said():
    return list(AuditEvent.objects.filter(action__startswith="refund.").values_list("action", flat=True))


def test_what_one_may_refund_alone_goes_at_once(purchase, operator, have):
    made = wanted(purchase, operator, RefundAmount(amount=9_000))
    assert isinstance(made, Refund)
    assert (made.status, made.approved_by, have().available) == ("succeeded", None, 400)
    assert not RefundRequest.objects.exists()


def test_more_waits_and_moves_nothing(purchase, operator, have, stripe):
    asked = wanted(purchase, operator)
    assert (asked.status, asked.amount, asked.credits, asked.asked_by) == (
        Status.WAITING, 10_000, 4_000, operator,
    )  # fmt: skip
    assert (have().available, Refund.objects.count()) == (4_000, 0)
    assert stripe.get("refunds")["data"] == []
    assert said() == ["refund.requested"]


def test_cutting_it_into_pieces_gets_round_nothing(purchase, operator, otto, have):
    wanted(purchase, operator, RefundAmount(amount=5_000), "1")
    assert isinstance(wanted(purchase, otto, RefundAmount(amount=4_001), "2"), RefundRequest)
    assert isinstance(wanted(purchase, operator, RefundAmount(amount=4_000), "3"), Refund)
    assert have().available == 400


def test_what_went_back_at_stripe_counts_too(purchase, operator, stripe):
    made = stripe.post("refunds", payment_intent=purchase.payment_intent, amount=5_000)
    refund.sync_from_stripe(refund.RefundFacts.read(made))
    assert isinstance(wanted(purchase, operator, RefundAmount(amount=4_001)), RefundRequest)


def test_a_day_later_and_after_a_failure_there_is_room_again(purchase, operator, stripe):
    failed = wanted(purchase, operator, RefundAmount(amount=9_000), "1")
    refund.sync_from_stripe(refund.RefundFacts.read(stripe.do(f"refunds/{failed.stripe_id}/fail")))
    assert isinstance(wanted(purchase, operator, RefundAmount(amount=6_000), "2"), Refund)
    Refund.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert isinstance(wanted(purchase, operator, key="3"), Refund)


def test_the_verb_itself_refuses_what_needs_two(purchase, operator, have):
    with pytest.raises(NeedsSecondOperator, match="needs a second operator"):
        refund.refund(purchase, whole=True, reason="Not needed", actor=operator)
    assert (have().available, Refund.objects.count()) == (4_000, 0)


def test_another_operator_approves_it_once(purchase, operator, otto, have, stripe):
    asked = wanted(purchase, operator)
    first, second = (approval.approve(asked.pk, otto) for _ in range(2))
    asked.refresh_from_db()
    assert first == second == asked.refund
    assert (first.status, first.made_by, first.approved_by) == ("succeeded", operator, otto)
    assert (asked.status, asked.decided_by, have().available) == (Status.APPROVED, otto, 0)
    assert [one["amount"] for one in stripe.get("refunds")["data"]] == [10_000]
    assert set(said()) == {"refund.requested", "refund.approved"}


def test_what_was_approved_leaves_the_room_as_it_was(purchase, operator, otto):
    approval.approve(wanted(purchase, operator, RefundAmount(amount=9_500), "1").pk, otto)
    assert isinstance(wanted(purchase, operator, RefundAmount(amount=500), "2"), Refund)


def test_who_asked_never_approves(purchase, operator, have):
    asked = wanted(purchase, operator)
    with pytest.raises(RefundRefused, match="another operator"):
        approval.approve(asked.pk, operator)
    assert (have().available, Refund.objects.count()) == (4_000, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundRequest.objects.update(status=Status.DECLINED, decided_by=operator)


def test_the_same_form_asks_once_and_stays_what_it_became(purchase, operator, otto, have):
    asked = wanted(purchase, operator)
    assert wanted(purchase, operator) == asked
    approval.decline(asked.pk, otto, "Not ours to pay")
    RefundPolicy.objects.update(alone_up_to=50_000)
    assert wanted(purchase, operator) == asked
    assert (have().available, Refund.objects.count()) == (4_000, 0)


def test_one_request_for_a_purchase_waits_at_a_time(purchase, operator, otto):
    wanted(purchase, operator)
    with pytest.raises(RefundRefused, match="already"):
        wanted(purchase, otto, key="other")
    assert RefundRequest.objects.count() == 1


def test_declined_is_declined(purchase, operator, otto, have):
    asked = wanted(purchase, operator)
    approval.decline(asked.pk, otto, "Not ours to pay")
    for refused in (
        lambda: approval.approve(asked.pk, otto),
        lambda: approval.decline(asked.pk, otto, "Again"),
    ):
        with pytest.raises(RefundRefused, match="declined by Otto"):
            refused()
    asked.refresh_from_db()
    assert (asked.status, asked.answer, have().available) == (Status.DECLINED, "Not ours to pay", 4_000)
    assert set(said()) == {"refund.requested", "refund.declined"}


def test_who_asked_may_withdraw(purchase, operator):
    asked = wanted(purchase, operator)
    assert approval.decline(asked.pk, operator, "A mistake").status == Status.WITHDRAWN
    assert isinstance(wanted(purchase, operator, key="anew"), RefundRequest)


def test_a_purchase_that_changed_meanwhile_is_not_refunded_unseen(purchase, operator, otto, have):
    asked = wanted(purchase, operator)
    wanted(purchase, otto, RefundAmount(amount=1_000), "2")
    with pytest.raises(RefundRefused, match="numbers are out of date"):
        approval.approve(asked.pk, otto)
    asked.refresh_from_db()
    assert (asked.status, have().available) == (Status.WAITING, 3_600)


def test_when_stripe_refuses_an_approved_refund_the_credits_are_back(purchase, operator, otto, stripe, have):
    asked = wanted(purchase, operator)
    stripe.post("refunds", payment_intent=purchase.payment_intent)  # in the dashboard, and not told to us yet
    with pytest.raises(RefundRefused, match="Stripe rejected"):
        approval.approve(asked.pk, otto)
    asked.refresh_from_db()
    assert (asked.status, asked.refund.status, have().available) == (Status.APPROVED, "failed", 4_000)


def page(action, asked):
    return reverse(f"admin:billing_refundrequest_{action}", args=[asked.pk])


def may(user, *names):
    user.user_permissions.set(Permission.objects.filter(codename__in=names))


@pytest.fixture
def finn(db):
    """An operator of the finance team, with the permissions that a test gives him."""
    return User.objects.create_user("finn@example.com", "create-with-io", name="Finn", is_staff=True)


def test_the_admin_asks_and_another_operator_approves_there(purchase, operator, finn, client_for, have):
    address = reverse("admin:billing_purchase_refund", args=[purchase.pk])
    sent = {"whole": "on", "reason": "Not needed", "key": "k"}
    looked = client_for(operator).post(address, sent)
    assert looked.context["button"] == "Ask a second operator for $100.00"
    sent["seen"] = looked.context["form"]["seen"].value()
    answer = client_for(operator).post(address, sent, follow=True)
    assert "Nothing has moved yet" in answer.text
    asked = RefundRequest.objects.get()

    may(finn, "view_refundrequest", "approve_refund")
    browser = client_for(finn, proven=True)
    assert "sidebar-badge" in browser.get(reverse("admin:index")).text
    shown = browser.get(page("change", asked)).text
    assert "4,000 credits leave the wallet; nothing becomes debt" in shown
    assert browser.post(page("approve", asked)).status_code == 302
    assert (Refund.objects.get().approved_by, have().available) == (finn, 0)


def test_a_permission_of_its_own_is_needed_to_decide(purchase, operator, finn, client_for, have):
    asked = wanted(purchase, operator)
    may(finn, "view_refundrequest", "change_refundrequest", "change_purchase", "change_refund")
    browser = client_for(finn, proven=True)
    for action in ("approve", "decline"):
        assert browser.post(page(action, asked), {"reason": "Because"}).status_code == 403
    asked.refresh_from_db()
    assert (asked.status, have().available) == (Status.WAITING, 4_000)


def test_who_asked_is_told_so_in_the_admin_and_can_withdraw(purchase, finn, client_for, have):
    may(finn, "view_refundrequest", "approve_refund")
    asked = wanted(purchase, finn)
    browser = client_for(finn, proven=True)
    assert "another operator has to approve" in browser.post(page("approve", asked)).text
    assert browser.post(page("decline", asked), {"reason": "A mistake"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.status, have().available) == (Status.WITHDRAWN, 4_000)


def test_a_new_limit_is_kept_in_the_audit_trail(purchase, operator, client_for):
    address = reverse("admin:billing_refundpolicy_change", args=[1])
    assert (
        client_for(operator, proven=True)
        .post(address, {"alone_up_to": "20000", "reason": "More are needed"})
        .status_code
        == 302
    )
    assert isinstance(wanted(purchase, operator), Refund)
    assert AuditEvent.objects.get(action="refund_policy.changed").detail == {
        "from": 9_000,
        "to": 20_000,
        "reason": "More are needed",
    }


def together(work, jobs):
    """What `work` answers for each job, or the refusal that it raised."""

    def one(job):
        try:
            return work(job)
        except RefundRefused as refused:
            return refused

    with ThreadPoolExecutor(8, initializer=connection.ensure_connection) as pool:
        answers = list(pool.map(one, jobs))
        for _ in pool.map(lambda _: connection.close(), range(32)):
            pass
    return answers


@pytest.mark.django_db(transaction=True)
def test_pieces_at_the_same_moment_get_round_nothing_either(purchase, operator, have):
    answers = together(lambda n: wanted(purchase, operator, RefundAmount(amount=2_500), f"k{n}"), range(8))
    assert sum(isinstance(one, Refund) for one in answers) == 3
    assert sum(isinstance(one, RefundRequest) for one in answers) == 1
    assert have().available == 1_000


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_moment_asks_once(purchase, operator):
    assert len({one.pk for one in together(lambda _: wanted(purchase, operator), range(8))}) == 1
    assert RefundRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_who_approve_and_decline_at_once_decide_once(purchase, operator, otto, have, stripe):
    asked = wanted(purchase, operator)
    others = [otto, *(User.objects.create_superuser(f"o{n}@example.com", "x") for n in range(3))]
    verbs = [
        lambda who: approval.approve(asked.pk, who),
        lambda who: approval.decline(asked.pk, who, "No"),
    ]
    answers = together(lambda n: verbs[n % 2](others[n % 4]), range(8))
    decided = [one for one in answers if not isinstance(one, RefundRefused)]
    asked.refresh_from_db()
    made = stripe.get("refunds")["data"]
    if asked.status == Status.APPROVED:
        assert (set(decided), len(made), have().available) == ({asked.refund}, 1, 0)
    else:
        assert (decided, made, have().available) == ([asked], [], 4_000)
