"""An operator writes off what a workspace owes: seen first, once, and above a limit by two."""

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEvent, User
from billing import ledger
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
def owe(workspace, fund):
    """Have the workspace owe so much: it has spent what was then refunded."""

    def go(credits):
        fund(workspace, 1)
        ledger.hold(workspace, 1, reference="generation:a")
        ledger.capture("generation:a", 1, key="capture:a", about="image:a")
        ledger.reverse(workspace, credits, key="refund:a:made", reference="purchase:a", reason="Refund")

    return go


@pytest.fixture
def write_off(workspace, operator, client_for):
    """Fill in the form, look at what it says, and agree to it: the last answer."""

    def go(credits, by=operator, **fields):
        browser = client_for(by)
        sent = {"credits": credits, "reason": "They closed", "key": "k", **fields}
        looked = browser.post(page(workspace), sent, follow=True)
        shown = looked.context and looked.context.get("form")
        seen = shown["seen"].value() if shown and "seen" in shown.fields else ""
        return browser.post(page(workspace), {**sent, "seen": seen}, follow=True) if seen else looked

    return go


def page(workspace):
    return reverse("admin:billing_wallet_write_off", args=[workspace.pk])


def said():
    return dict(AuditEvent.objects.values_list("action", "detail"))


def test_what_one_may_write_off_alone_is_shown_and_then_written_off(
    owe, write_off, workspace, operator, client_for, have
):
    owe(300)
    browser = client_for(operator)
    assert "Write off debt" in browser.get(reverse("admin:billing_wallet_change", args=[workspace.pk])).text
    empty = browser.get(page(workspace))
    assert (empty.context["form"]["credits"].value(), "300 credits" in empty.text) == (300, True)
    looked = browser.post(page(workspace), {"credits": 300, "reason": "They closed", "key": "k"})
    assert "Nothing is owed then" in looked.text
    assert "Write off 300 credits" in looked.text
    assert have().debt == 300, "looking moves nothing"
    assert "300 credits of debt" in write_off(300).text
    assert (have().debt, have().available) == (0, 0)
    moved = Transfer.objects.get(kind="write_off")
    assert (moved.actor, moved.reason, moved.source, moved.target) == (
        operator, "They closed", "written_off", "debt",
    )  # fmt: skip
    assert said() == {"wallet.debt_written_off": {"credits": 300, "reason": "They closed"}}


def test_the_same_form_writes_off_once(owe, write_off, have):
    owe(300)
    for _ in range(3):
        assert "are written off" in write_off(100).text
    assert (have().debt, Transfer.objects.filter(kind="write_off").count()) == (200, 1)
    assert "already sent with different contents" in write_off(50).text
    assert have().debt == 200


def test_a_part_leaves_the_rest_and_says_so(owe, workspace, operator, client_for, write_off, have):
    owe(300)
    looked = client_for(operator).post(page(workspace), {"credits": 120, "reason": "a", "key": "k"})
    assert "180 credits are still owed, which blocks spending" in looked.text
    write_off(120)
    assert have().debt == 180


def test_numbers_that_changed_are_shown_again(owe, workspace, operator, client_for, have):
    owe(300)
    browser, sent = client_for(operator), {"credits": 100, "reason": "a", "key": "k"}
    seen = browser.post(page(workspace), sent).context["form"]["seen"].value()
    ledger.write_off(workspace, 50, key="other", reason="a", actor=None)
    assert "150 credits are still owed" in browser.post(page(workspace), {**sent, "seen": seen}).text
    assert have().debt == 250


def test_more_waits_for_a_second_operator(owe, workspace, write_off, operator, otto, client_for, have):
    owe(3_000)
    assert "Nothing has moved yet" in write_off(2_500).text
    assert "Nothing has moved yet" in write_off(2_500).text
    row = CreditRequest.objects.get()
    assert (row.purpose, row.credits, have().debt) == ("write_off", 2_500, 3_000)
    approve = reverse("admin:billing_creditrequest_approve", args=[row.pk])
    assert "another operator has to approve" in client_for(operator, proven=True).post(approve).text
    browser = client_for(otto, proven=True)
    shown = browser.get(approve).text
    assert "Write off 2,500 credits of the debt of Alice" in shown
    assert "500 credits are still owed" in shown
    for _ in range(2):
        browser.post(approve)
    assert have().debt == 500
    assert Transfer.objects.get(kind="write_off").key == f"agreed:{row.pk}"
    assert set(said()) == {"credits.requested", "credits.approved"}
    assert said()["credits.approved"]["purpose"] == "write_off"


def test_pieces_and_adjustments_share_one_limit(owe, workspace, operator, have):
    owe(3_000)
    one = {"reason": "a", "operator": operator}
    assert credit_adjustments.write_off_or_request(workspace, 700, request_key="1", **one) is None
    assert credit_adjustments.write_off_or_request(workspace, 301, request_key="2", **one) is not None
    assert credit_adjustments.adjust_or_request(workspace, 301, request_key="3", **one) is not None
    assert credit_adjustments.write_off_or_request(workspace, 300, request_key="4", **one) is None
    assert have().debt == 2_000
    with pytest.raises(AdjustmentRefused, match="already sent"):
        credit_adjustments.adjust_or_request(workspace, 301, request_key="2", **one)


def test_no_more_is_written_off_than_is_owed(owe, workspace, write_off, operator, otto, have):
    owe(3_000)
    assert "The debt is 3,000 credits. Nothing was changed" in write_off(3_001).text
    with pytest.raises(InsufficientCredits):
        credit_adjustments.write_off_or_request(
            workspace, 3_001, reason="a", operator=operator, request_key="1"
        )
    asked = credit_adjustments.write_off_or_request(
        workspace, 3_000, reason="a", operator=operator, request_key="2"
    )
    ledger.write_off(workspace, 1, key="other", reason="a", actor=None)
    with pytest.raises(InsufficientCredits):
        credit_adjustments.approve(asked.pk, otto)
    assert (have().debt, CreditRequest.objects.get().status) == (2_999, Status.WAITING)


def test_nobody_writes_off_below_zero_whatever_the_code_does(workspace, operator):
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditRequest.objects.create(
            workspace=workspace,
            credits=-1,
            purpose="write_off",
            reason="a",
            asked_by=operator,
            request_key="1",
        )


@pytest.mark.parametrize("credits", ["0", "-5", "", "99999999999999999999", "1.5", "²", "\0"])
def test_nonsense_is_said_at_the_form(credits, owe, workspace, operator, client_for, have):
    owe(10)
    answer = client_for(operator).post(page(workspace), {"credits": credits, "reason": "a", "key": "k"})
    assert (answer.status_code, 'role="alert"' in answer.text, have().debt) == (200, True, 10)


def test_it_takes_a_permission_of_its_own(owe, write_off, workspace, client_for, have):
    owe(300)
    finn = User.objects.create_user("finn@example.com", "create-with-io", name="Finn", is_staff=True)
    near = Permission.objects.filter(codename__in=["view_wallet", "change_wallet", "approve_credits"])
    finn.user_permissions.set(near)
    assert write_off(300, by=finn).status_code == 403
    assert client_for(finn).get(page(workspace)).status_code == 403
    wallet = reverse("admin:billing_wallet_change", args=[workspace.pk])
    assert "Write off debt" not in client_for(finn).get(wallet).text
    assert have().debt == 300
    finn.user_permissions.add(Permission.objects.get(codename="write_off_debt"))
    assert "are written off" in write_off(300, by=User.objects.get(pk=finn.pk)).text
    assert have().debt == 0


def test_the_customer_reads_it_on_the_statement(owe, write_off, alice, client_for):
    owe(300)
    write_off(300)
    assert "They closed" in client_for(alice).get("/billing").text
