import pytest
from django.db import transaction
from django.utils import timezone

from billing import ledger
from billing.errors import InDebt, InsufficientCredits, LedgerConflict, TokenCapReached, WorkspaceSuspended
from billing.ledger.balance import Balance


def test_a_hold_sets_credits_aside(workspace, fund, have):
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    assert have() == Balance(available=6, held=4)


def test_the_same_reference_is_the_same_hold(workspace, fund, have):
    fund(workspace, 10)
    first = ledger.hold(workspace, 4, reference="generation:1")
    assert ledger.hold(workspace, 4, reference="generation:1") == first
    assert have() == Balance(available=6, held=4)


def test_the_same_reference_answers_even_when_nothing_is_left(workspace, fund):
    fund(workspace, 4)
    first = ledger.hold(workspace, 4, reference="generation:1")
    assert ledger.hold(workspace, 4, reference="generation:1") == first


def test_the_same_reference_with_another_amount_is_an_error(workspace, fund, have):
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    with pytest.raises(LedgerConflict):
        ledger.hold(workspace, 5, reference="generation:1")
    assert have() == Balance(available=6, held=4)


def test_another_workspaces_reference_is_an_error(workspace, other_workspace, fund, have):
    fund(workspace, 10)
    fund(other_workspace, 10)
    ledger.hold(other_workspace, 4, reference="generation:1")
    with pytest.raises(LedgerConflict):
        ledger.hold(workspace, 4, reference="generation:1")
    assert have() == Balance(available=10)


@pytest.mark.parametrize("had", [0, 3])
def test_more_than_there_is_is_refused_with_both_numbers(workspace, fund, have, had):
    if had:
        fund(workspace, had)
    with pytest.raises(InsufficientCredits) as refused:
        ledger.hold(workspace, 4, reference="generation:1")
    assert refused.value.extra == {"available": had, "needed": 4}
    assert (refused.value.status, refused.value.code) == (402, "insufficient_credits")
    assert have() == Balance(available=had)


def test_a_refusal_leaves_the_callers_transaction_usable(workspace, fund, have):
    fund(workspace, 3)
    with transaction.atomic():
        with pytest.raises(InsufficientCredits):
            ledger.hold(workspace, 4, reference="generation:1")
        ledger.hold(workspace, 3, reference="generation:2")
    assert have() == Balance(held=3)


def test_a_debt_blocks_spending(workspace, have):
    ledger.reverse(workspace, 7, key="re_1", reference="refund:1", reason="Refund")
    with pytest.raises(InDebt) as refused:
        ledger.hold(workspace, 1, reference="generation:1")
    assert refused.value.extra == {"debt": 7}
    assert have() == Balance(debt=7)


def test_a_suspended_workspace_does_not_spend(workspace, fund, have):
    fund(workspace, 10)
    workspace.suspended_at = timezone.now()
    workspace.save()
    with pytest.raises(WorkspaceSuspended):
        ledger.hold(workspace, 1, reference="generation:1")
    assert have() == Balance(available=10)


def test_a_tokens_cap_counts_what_it_holds_and_used_but_not_what_came_back(workspace, fund, have, token):
    fund(workspace, 100)
    ledger.hold(workspace, 6, reference="generation:1", token=token)
    with pytest.raises(TokenCapReached):
        ledger.hold(workspace, 5, reference="generation:2", token=token)
    assert have() == Balance(available=94, held=6)
    ledger.capture("generation:1", 2, key="c:1:0", about="image:0")
    ledger.release("generation:1", key="r:1")
    ledger.hold(workspace, 8, reference="generation:3", token=token)
    with pytest.raises(TokenCapReached):
        ledger.hold(workspace, 1, reference="generation:4", token=token)
    token.refresh_from_db()
    assert token.credits_committed == 10


@pytest.mark.parametrize("credits", [4, 6], ids=["within the cap", "beyond it, were it counted twice"])
def test_the_same_reference_commits_the_token_once(workspace, fund, token, credits):
    fund(workspace, 100)
    for _ in range(2):
        ledger.hold(workspace, credits, reference="generation:1", token=token)
    token.refresh_from_db()
    assert token.credits_committed == credits


def test_another_workspaces_token_holds_nothing(workspace, other_workspace, fund, token):
    fund(other_workspace, 10)
    with pytest.raises(TokenCapReached):
        ledger.hold(other_workspace, 1, reference="generation:1", token=token)
