"""The proven point: where it moves to, what is kept there, and that nobody moves it by half or twice."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, connection, transaction

from billing import ledger
from billing.accounting import closing
from billing.ledger.statement import first_id
from billing.models import ProvenPoint, ProvenToken, ProvenWallet
from billing.reconciliation import proven, run


@pytest.fixture
def trade(workspace, token):
    """Some movements of every account, each time other ones; one hold stays open."""

    def act(name):
        ledger.grant(workspace, 20, key=f"grant:{name}", reference="grant")
        ledger.hold(workspace, 4, reference=f"generation:{name}", token=token)
        ledger.capture(f"generation:{name}", 1, key=f"capture:{name}", about=f"image:{name}")
        ledger.release(f"generation:{name}", 1, key=f"release:{name}", about=f"image:{name}")
        ledger.give_back(workspace, 2, key=f"back:{name}", reference="purchase:none", reason="")

    return act


def later():
    """An id behind all transfers that this connection has made: the database's own, as theirs are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuidv7()")
        return cursor.fetchone()[0]


def kept():
    """What is kept at the point."""
    return (
        sorted(ProvenWallet.objects.values_list()),
        sorted(ProvenToken.objects.values_list()),
        list(ProvenPoint.objects.values_list("first", "given")),
    )


@pytest.mark.django_db
def test_moving_step_by_step_keeps_the_same_as_at_once(trade):
    start = None
    for name in ("one", "two", "three"):
        trade(name)
        assert proven.advance(start, later(), 0)
        start = proven.point()
        assert run.compare_ledger(start.first).differences == []
    step_by_step = kept()
    assert proven.advance(None, start.first, 0)
    assert kept() == step_by_step
    assert ProvenToken.objects.get().committed == 9


@pytest.mark.django_db
def test_what_moves_after_the_point_is_added_to_it(trade):
    trade("one")
    proven.advance(None, later(), 0)
    trade("two")
    ledger.release("generation:one", key="end:one", about="image:one")
    assert run.compare_ledger(proven.point().first).differences == []


@pytest.mark.django_db
def test_one_that_fails_at_its_last_step_has_moved_nothing(trade):
    trade("one")
    proven.advance(None, later(), 0)
    before, start = kept(), proven.point()
    trade("two")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON billing_provenpoint "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()"
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        proven.advance(start, later(), 0)
    assert kept() == before
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse ON billing_provenpoint")
    assert proven.advance(start, later(), 0)


@pytest.mark.django_db
def test_nothing_is_proven_before_a_day_is_closed_nor_what_has_a_difference(workspace, fund):
    fund(workspace, 20)
    assert run.prove_own_books(None).found == 0
    assert proven.point() is None


@pytest.mark.django_db
@pytest.mark.tampers
def test_the_point_follows_the_closed_days_and_a_difference_keeps_it(workspace, fund, monkeypatch):
    fund(workspace, 20)
    today = dt.datetime.now(dt.UTC)
    closing.close(today.date())
    assert run.prove_own_books(None).found == 0
    point = proven.point()
    assert point.first == first_id(today.date() + dt.timedelta(days=1))
    # That clock was ahead: what comes now lies behind the point, and the whole proof puts it right.
    fund(workspace, 5)
    closing.reopen()
    closing.close(today.date())
    assert run.compare_ledger(point.first).found > 0
    assert run.prove_own_books(point).found == 0
    assert run.compare_ledger(proven.point().first).found == 0
    before = kept()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_wallet SET available = available + 1")
    closing.close(today.date() + dt.timedelta(days=1))
    assert run.prove_own_books(proven.point()).found > 0
    assert kept() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_that_proved_the_same_one_moves_it(trade):
    trade("one")
    proven.advance(None, later(), 0)
    start = proven.point()
    trade("two")
    until, moved, barrier = later(), [], threading.Barrier(2)

    def move():
        try:
            barrier.wait(20)
            moved.append(proven.advance(start, until, 0))
        finally:
            connection.close()

    threads = [threading.Thread(target=move) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(moved) == [False, True]
    assert run.compare_ledger(until).differences == []
