"""Transfers sort in the order of what happened, whatever the database's clock does."""

from contextlib import contextmanager

import pytest
from django.db import connection

from billing import ledger
from billing.models.ledger import Transfer, Wallet
from billing.reconciliation.invariants import violations

CLOCK = """
    CREATE SCHEMA stepped;
    CREATE FUNCTION stepped.uuidv7() RETURNS uuid LANGUAGE sql AS $$ SELECT pg_catalog.uuidv7(interval '{step}') $$;
    CREATE FUNCTION stepped.clock_timestamp() RETURNS timestamptz LANGUAGE sql
    AS $$ SELECT pg_catalog.clock_timestamp() + interval '{step}' $$;
    CREATE FUNCTION stepped.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.now() + interval '{step}' $$
"""


@contextmanager
def clock_stepped(step):
    """The database's clock as this session sees it: functions of its own, found before PostgreSQL's."""
    with connection.cursor() as cursor:
        cursor.execute(CLOCK.format(step=step))
        cursor.execute("SET LOCAL search_path = stepped, public, pg_catalog")
        yield
        cursor.execute("SET LOCAL search_path TO DEFAULT")
        cursor.execute("DROP SCHEMA stepped CASCADE")


def trade(workspace, number):
    """Move credits by every verb: held, delivered, given back, taken back beyond what there is, paid and written off."""
    ledger.hold(workspace, 4, reference=f"generation:{number}")
    ledger.capture(f"generation:{number}", 1, key=f"c{number}", about=f"image:{number}")
    ledger.release(f"generation:{number}", key=f"r{number}")
    ledger.freeze(workspace, 2, reference=f"dispute:{number}", reason="Disputed")
    ledger.release(f"dispute:{number}", key=f"t{number}")
    there = Wallet.objects.get(workspace=workspace).available
    ledger.reverse(workspace, there + 8, key=f"v{number}", reference="refund", reason="Refunded")
    ledger.write_off(workspace, 1, key=f"w{number}", reason="Given up", actor=None)
    ledger.restore(workspace, f"v{number}", reason="Failed")
    ledger.adjust(workspace, -1, key=f"d{number}", reason="Less", actor=None)
    ledger.adjust(workspace, 3, key=f"u{number}", reason="More", actor=None)


def in_order(workspace):
    """The keys of a workspace's transfers by id, which must be the order in which they were written."""
    return list(Transfer.objects.filter(workspace=workspace).order_by("id").values_list("key", flat=True))


@pytest.mark.parametrize("step", ["-3 seconds", "-1 day"])
def test_a_clock_that_goes_back_leaves_the_chain_whole(workspace, fund, step):
    fund(workspace, 20)
    trade(workspace, 1)
    before = in_order(workspace)
    with clock_stepped(step):
        trade(workspace, 2)
    trade(workspace, 3)
    assert violations() == []
    after = in_order(workspace)
    assert after[: len(before)] == before
    once = len(before) - 1
    shapes = [
        [key.replace(digit, "") for key in part]
        for digit, part in (
            ("1", after[1 : 1 + once]),
            ("2", after[1 + once : 1 + 2 * once]),
            ("3", after[1 + 2 * once :]),
        )
    ]
    assert shapes[0] == shapes[1] == shapes[2]


def test_a_wallet_from_before_the_column_goes_on_behind_its_transfers(workspace, fund):
    fund(workspace, 20)
    trade(workspace, 1)
    Wallet.objects.update(last_transfer=None)
    with clock_stepped("-3 seconds"):
        trade(workspace, 2)
    assert violations() == []


@pytest.mark.parametrize(
    ("last", "following"),
    [
        ("ffffffff-ffff-7fff-8000-00000000ffff", "ffffffff-ffff-7fff-8000-000000010000"),
        ("ffffffff-ffff-7fff-8fff-ffffffffffff", "ffffffff-ffff-7fff-9000-000000000000"),
        ("ffffffff-ffff-7fff-bfff-ffffffffffff", "ffffffff-ffff-7fff-c000-000000000000"),
    ],
)
def test_one_more_than_an_id_is_the_next_number(db, last, following):
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_next(NULL, %s)", [last])
        assert str(cursor.fetchone()[0]) == following
