"""History can't be changed, not even by somebody who goes around the ledger."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from billing import ledger
from billing.reconciliation.invariants import violations

CHANGES = {
    "a transfer's amount": "UPDATE billing_transfer SET amount = 1",
    "a transfer's words": "UPDATE billing_transfer SET reason = 'other'",
    "a transfer gone": "DELETE FROM billing_transfer",
    "all transfers gone": "TRUNCATE billing_transfer",
    "all holds gone": "TRUNCATE billing_hold CASCADE",
    "an ended hold opened": "UPDATE billing_hold SET released = 0, ended_at = NULL",
    "a hold's amount": "UPDATE billing_hold SET amount = amount + 1",
    "a hold for something else": "UPDATE billing_hold SET reference = reference || '2'",
    "an ended hold's dates": "UPDATE billing_hold SET ended_at = now() + interval '1 day' WHERE ended_at IS NOT NULL",
    "a delivery undone": "UPDATE billing_hold SET captured = captured - 1 WHERE ended_at IS NULL",
    "a giving back undone": "UPDATE billing_hold SET released = released - 1 WHERE ended_at IS NULL",
    "an open hold's amount": "UPDATE billing_hold SET amount = amount + 1 WHERE ended_at IS NULL",
    "an open hold for something else": "UPDATE billing_hold SET reference = 'x' WHERE ended_at IS NULL",
    "a hold gone": "DELETE FROM billing_hold",
    "a wallet gone": "DELETE FROM billing_wallet",
    "all wallets gone": "TRUNCATE billing_wallet",
}


@pytest.fixture
def history(workspace, fund):
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    ledger.capture("generation:1", 1, key="c", about="image:0")
    ledger.release("generation:1", key="r")
    ledger.hold(workspace, 5, reference="generation:open")
    ledger.capture("generation:open", 1, key="c2", about="image:1")
    ledger.release("generation:open", 1, key="r2")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_changing_history_is_refused(history, change):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


@pytest.mark.parametrize("column", ["available", "held", "debt"])
def test_no_balance_goes_below_zero(history, column):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE billing_wallet SET {column} = -1")


def test_who_did_it_outlives_the_persons_account(workspace, operator):
    ledger.adjust(workspace, 5, key="a", reason="Goodwill", actor=operator)
    operator.delete()


TAMPERINGS = {
    "I3": "UPDATE billing_wallet SET available = available + 1",
    "I6": "UPDATE accounts_apitoken SET credits_committed = 3",
    "I10": "ALTER TABLE billing_transfer DISABLE TRIGGER transfer_never_changes",
}


@pytest.mark.tampers
@pytest.mark.parametrize(("invariant", "tampering"), TAMPERINGS.items(), ids=TAMPERINGS.keys())
def test_what_gets_around_it_is_found(history, token, invariant, tampering):
    assert violations() == []
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    assert any(line.startswith(f"{invariant}:") for line in violations())
