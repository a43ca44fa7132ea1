"""As many differences as reconcile knows kinds, all at once: it prints one line for each, and nothing else.

What was planted since the proven point is found by the short proof, too; of what was proven before and changed since, what
shows in a sum or in a row of money.
"""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Workspace
from billing import ledger
from billing.models import ProvenPoint
from billing.reconciliation import proven, run
from core import ids
from generation.catalog import cache
from tests.faults.garden import Garden
from tests.faults.plants import by_sql, plants, wrong

FOUND_WEEKLY = {"I1", "I3", "I6", "I8", "I11"}
"""Kinds of which a change by hand of what was proven is found by the whole proof alone, or once PostgreSQL has counted it."""


@pytest.fixture(autouse=True)
def catalog():
    cache.invalidate()


def proven_here() -> ProvenPoint:
    """Everything so far is proven."""
    assert run.run().differences == []
    assert proven.advance(None, ids.new(), proven.changes())
    found = proven.point()
    assert found is not None
    return found


def reconcile(*flags: str) -> list[str]:
    out = StringIO()
    with pytest.raises(CommandError, match="differences; compared"):
        call_command("reconcile", *flags, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.slow
def test_each_planted_difference_is_one_line(workspace, alice, twin, settings):
    older = Workspace.objects.create(name="Older", slug="older")
    Garden(older, alice)
    ledger.hold(older, 1, reference="older:open")
    point = proven_here()
    planted = plants(Garden(workspace, alice))
    assert run.compare_ledger(point.first).differences == []
    for _, plant in planted:
        plant()
    since, whole = run.compare_ledger(point.first), run.compare_ledger(ids.NOBODY)
    assert sorted(since.differences) == sorted(whole.differences)
    short = reconcile()
    assert wrong(short, planted, is_whole=False) == [], short
    assert proven.point() == point
    lines = reconcile("--full")
    assert wrong(lines, planted) == [], lines
    assert wrong([*lines, "fee missing: of nothing that was planted"], planted) != []
    assert wrong([re.sub(r"leave (\d+)", r"leave 1\1", line) for line in lines], planted) != []
    assert len(planted) >= 20
    assert len({kind for kind, _ in planted}) >= 20


@pytest.mark.slow
def test_of_what_was_proven_each_night_finds_what_a_sum_shows(workspace, alice, twin, settings):
    planted = plants(Garden(workspace, alice))
    point = proven_here()
    assert run.compare_ledger(point.first).differences == []
    for _, plant in planted:
        plant()
    since = {line.partition(":")[0] for line in run.compare_ledger(point.first).differences}
    whole = {line.partition(":")[0] for line in run.compare_ledger(ids.NOBODY).differences}
    assert since >= {"I3", "I6", "I7", "I9", "I10"}
    assert whole - since <= FOUND_WEEKLY
    # Anything that the short one finds makes it whole, so the command names all.
    short = reconcile()
    assert wrong(short, planted, is_whole=False) == [], short


OLD = {
    "a wallet": ("UPDATE billing_wallet SET available = available + 1", True),
    "a transfer put in behind the point": (
        ("INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, available_after)"
        " SELECT '00000000-0000-7000-8000-000000000001', workspace_id, 'grant', 'granted', 'available', 1, 'k', 'r', '', 1"
        " FROM billing_wallet; UPDATE billing_wallet SET available = available + 1"),
        True,
    ),
    "a transfer taken out, and the wallet with it": (
        "DELETE FROM billing_transfer WHERE kind = 'release'; UPDATE billing_wallet SET available = available - 6",
        True,
    ),
    "the cap of a token": ("UPDATE accounts_apitoken SET credits_committed = 3", True),
    "a proven sum": ("UPDATE billing_provenwallet SET held = held + 1", False),
    "the source of a transfer": ("UPDATE billing_transfer SET source = 'sold' WHERE kind = 'grant'", None),
    "an image's price": ("UPDATE generation_image SET credits = credits + 1", None),
    "an ended hold": (
        "UPDATE billing_hold SET captured = captured + 1, released = released - 1 WHERE released > 0", None
    ),
}  # fmt: skip
"""What is done by hand to what was proven, and whether the short proof finds a difference: None, only the whole one does."""


@pytest.mark.parametrize("what", OLD)
def test_what_is_done_by_hand_to_what_was_proven(workspace, alice, twin, settings, what):
    Garden(workspace, alice)
    point = proven_here()
    statements, expected = OLD[what]
    for statement in statements.split("; "):
        by_sql(statement)
    suspected = run.compare_ledger(point.first).found > 0
    really = run.compare_ledger(ids.NOBODY).found > 0
    assert (suspected, really) == {True: (True, True), False: (True, False), None: (False, True)}[expected]
    assert (run.prove_own_books(point).found > 0) == (expected is True)
    assert run.prove_own_books(None).found > 0 or expected is False


@pytest.mark.django_db(transaction=True)
def test_a_changed_transfer_makes_the_next_proof_a_whole_one(workspace):
    """PostgreSQL counts changes, also with triggers off; nobody has to know which row it was."""
    ledger.grant(workspace, 5, key="counted", reference="garden")
    proven.advance(None, ids.new(), proven.changes())
    by_sql("UPDATE billing_transfer SET target = 'used' WHERE key = %s", "counted")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    point = proven.point()
    assert run.compare_ledger(point.first).differences == []
    assert [line[:3] for line in run.prove_own_books(point).differences[:1]] == ["I1:"]
    by_sql("UPDATE billing_transfer SET target = 'available' WHERE key = %s", "counted")
