"""Credits of a partner and its clients: what one gives the other gets, and nothing else moves."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from billing import ledger
from billing.errors import (
    InDebt,
    InsufficientCredits,
    LedgerConflict,
    NotOfThisPartner,
    SpendingLocked,
    WorkspaceSuspended,
)
from billing.ledger import balance, clients, lots
from billing.ledger.balance import Balance
from billing.models.ledger import Transfer
from billing.reconciliation.invariants import violations


@pytest.fixture
def client_of(workspace):
    return Workspace.objects.create(name="Shop", slug="shop", parent=workspace)


def of(one):
    return balance.for_workspace(one)


def test_a_partner_funds_a_client_from_its_own_wallet(workspace, client_of, fund, have):
    fund(workspace, 10)
    assert clients.fund(client_of, 4, key="f1") == 4
    assert (have(), of(client_of)) == (Balance(available=6), Balance(available=4))
    assert set(Transfer.objects.filter(kind="fund").values_list("source", "target", "amount", "key")) == {
        ("available", "clients", 4, "f1"),
        ("clients", "available", 4, "f1:in"),
    }


def test_the_same_key_moves_once_and_other_content_nothing(workspace, client_of, fund, have):
    fund(workspace, 10)
    for _ in range(2):
        assert clients.fund(client_of, 4, key="f1") == 4
    with pytest.raises(LedgerConflict):
        clients.fund(client_of, 5, key="f1")
    with pytest.raises(LedgerConflict):
        clients.withdraw(client_of, 4, key="f1")
    assert (have(), of(client_of)) == (Balance(available=6), Balance(available=4))


def test_more_than_there_is_moves_nothing(workspace, client_of, fund, have):
    fund(workspace, 3)
    with pytest.raises(InsufficientCredits) as refused:
        clients.fund(client_of, 4, key="f1")
    assert refused.value.extra == {"available": 3, "needed": 4}
    clients.fund(client_of, 3, key="f2")
    ledger.hold(client_of, 2, reference="generation:1")
    with pytest.raises(InsufficientCredits) as refused:
        clients.withdraw(client_of, 2, key="w1")
    assert refused.value.detail.startswith("The client has 1 credit available, not 2. Nothing was moved.")
    assert (have(), of(client_of)) == (Balance(), Balance(available=1, held=2))


def test_what_is_left_goes_back_as_often_as_it_is_asked_for(workspace, client_of, fund, have):
    fund(workspace, 5)
    clients.fund(client_of, 5, key="f1")
    ledger.hold(client_of, 2, reference="generation:1")
    assert clients.withdraw(client_of, None, key="w1") == 3
    assert clients.withdraw(client_of, None, key="w1") == 3
    assert clients.withdraw(client_of, None, key="w2") == 0
    assert (have(), of(client_of)) == (Balance(available=3), Balance(held=2))


def test_one_hold_never_touches_two_purses(workspace, client_of, fund, have):
    fund(workspace, 100)
    clients.fund(client_of, 1, key="f1")
    with pytest.raises(InsufficientCredits):
        ledger.hold(client_of, 2, reference="generation:1")
    assert have() == Balance(available=99)


def test_a_clients_debt_is_paid_by_what_comes(workspace, client_of, fund):
    fund(workspace, 10)
    ledger.reverse(client_of, 3, key="re", reference="x", reason="")
    clients.fund(client_of, 5, key="f1")
    assert of(client_of) == Balance(available=2)


def test_who_owes_gives_nothing(workspace, client_of, fund):
    fund(workspace, 5)
    clients.fund(client_of, 5, key="f1")
    ledger.reverse(workspace, 3, key="re", reference="x", reason="")
    with pytest.raises(InDebt):
        clients.fund(client_of, 1, key="f2")
    ledger.reverse(client_of, 9, key="re2", reference="x", reason="")
    with pytest.raises(InDebt) as refused:
        clients.withdraw(client_of, 1, key="w1")
    assert refused.value.detail == "The client owes 4 credits. Nothing was moved."


@pytest.mark.parametrize(
    ("column", "error"), [("suspended_at", WorkspaceSuspended), ("spending_locked_at", SpendingLocked)]
)
def test_a_partner_that_may_not_spend_gives_nothing_and_gets_back_what_it_gave(
    workspace, client_of, fund, have, column, error
):
    fund(workspace, 5)
    clients.fund(client_of, 5, key="f1")
    setattr(workspace, column, timezone.now())
    workspace.save()
    with pytest.raises(error):
        clients.fund(client_of, 1, key="f2")
    with pytest.raises(error):
        ledger.hold(client_of, 1, reference="generation:1")
    assert clients.withdraw(client_of, 5, key="w1") == 5
    assert have() == Balance(available=5)


def test_only_a_client_is_funded(workspace, other_workspace, fund):
    fund(workspace, 5)
    with pytest.raises(NotOfThisPartner):
        clients.fund(other_workspace, 1, key="f1")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r_outcome FROM ledger_move(%s, %s, 1, 'x', '', NULL, NULL)",
            [workspace.pk, other_workspace.pk],
        )
        assert cursor.fetchone() == ("unrelated",)


def test_a_refund_reaches_the_partners_own_wallet_alone(workspace, client_of, fund, have):
    fund(workspace, 10)
    clients.fund(client_of, 8, key="f1")
    ledger.reverse(workspace, 10, key="re", reference="grant:1", reason="")
    assert (have(), of(client_of)) == (Balance(debt=8), Balance(available=8))
    clients.withdraw(client_of, 8, key="w1")
    assert have() == Balance()


def test_lots_follow_what_was_handed_on(workspace, client_of, fund):
    fund(workspace, 10)
    clients.fund(client_of, 4, key="f1")
    assert [lot.left for lot in lots.for_workspace(workspace)] == [6]
    assert [lot.left for lot in lots.for_workspace(client_of)] == [4]
    clients.withdraw(client_of, 1, key="w1")
    assert [lot.left for lot in lots.for_workspace(workspace)] == [7]
    assert [lot.left for lot in lots.for_workspace(client_of)] == [3]


@pytest.mark.tampers
@pytest.mark.parametrize("missing", ["in", "out"])
def test_a_transfer_without_its_other_side_is_found(workspace, client_of, fund, missing):
    fund(workspace, 10)
    fund(client_of, 10)
    giver, taker = ("available", "clients") if missing == "in" else ("clients", "available")
    with connection.cursor() as cursor:
        whose = workspace if missing == "in" else client_of
        sign = -1 if missing == "in" else 1
        cursor.execute(
            "UPDATE billing_wallet SET available = available + %s WHERE workspace_id = %s", [sign, whose.pk]
        )
        cursor.execute(
            "SELECT ledger_record(ledger_one_more(%s), %s, 'fund', %s, %s, 1, 'lone', 'x', '', NULL, NULL, NULL, %s)",
            [whose.pk, whose.pk, giver, taker, 10 + sign],
        )
    assert "I12" in {line.split(":")[0] for line in violations()}
