"""What happens between two statements of one of the ledger's functions; and what they say beside the amounts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from billing import ledger
from billing.errors import HoldExhausted, InsufficientCredits, LedgerConflict
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models.ledger import Hold, Transfer
from tests.support.locks import alone, begun, until_it_waits


def answer(call, *parameters):
    """The row that one of the functions answers."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {call}", parameters)
        return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_two_first_credits_at_once_make_one_wallet(workspace):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ledger.grant(workspace, 4, key="first", reference="x")
            call = begun(pool, lambda: ledger.grant(workspace, 5, key="second", reference="x"))
        assert call.result()
    assert balance.for_workspace(workspace) == Balance(available=9)


@pytest.mark.django_db(transaction=True)
def test_who_paid_between_the_refusal_and_its_reason_gets_the_hold(workspace, fund):
    fund(workspace, 1)
    is_known, is_locked = Event(), Event()

    def hold():
        with pytest.raises(
            InsufficientCredits
        ):  # from now on this session knows the function: what it waits for
            ledger.hold(workspace, 5, reference="generation:0")  # is the statement that asks for the reason
        is_known.set()
        assert is_locked.wait(10)
        return ledger.hold(workspace, 5, reference="generation:1")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            call = pool.submit(alone, hold)
            assert is_known.wait(10)
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE billing_hold IN ACCESS EXCLUSIVE MODE")
            is_locked.set()
            until_it_waits(call)
            ledger.grant(workspace, 4, key="in between", reference="x")
        assert call.result()
    assert balance.for_workspace(workspace) == Balance(held=5)


@pytest.mark.django_db(transaction=True)
def test_what_is_delivered_while_the_rest_is_given_back_is_not_given_back(workspace, fund):
    fund(workspace, 10)
    ledger.hold(workspace, 10, reference="generation:1")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ledger.capture("generation:1", 3, key="c", about="image:1")
            call = begun(pool, lambda: ledger.release("generation:1", key="r"))
        assert call.result() == 7
    assert balance.for_workspace(workspace) == Balance(available=7)


def test_no_more_is_given_back_than_was_neither_delivered_nor_given_back(workspace, fund, have):
    fund(workspace, 10)
    ledger.hold(workspace, 10, reference="generation:1")
    ledger.capture("generation:1", 4, key="c", about="image:1")
    with pytest.raises(HoldExhausted):
        ledger.release("generation:1", 7, key="r")
    ledger.release("generation:1", 2, key="r2")
    with pytest.raises(HoldExhausted):
        ledger.release("generation:1", 5, key="r5")
    assert have() == Balance(available=2, held=4)
    assert ledger.release("generation:1", 4, key="r4") == 4


def test_what_a_release_says_of_itself(workspace, fund):
    fund(workspace, 10)
    ledger.hold(workspace, 10, reference="generation:1")
    release = "ledger_release('generation:1', %s, %s, 'image:1', '')"
    assert answer(release, 11, "r11") == ("exhausted", 0)
    assert answer(release, 4, "r") == ("done", 4)
    assert answer(release, 4, "r") == ("again", 4)
    assert answer(release, None, "rest") == ("done", 6)
    assert answer(release, None, "nothing") == ("done", 0)


def test_a_key_that_took_something_else_takes_nothing_back(workspace, other_workspace, fund, have):
    fund(workspace, 10)
    fund(other_workspace, 10)
    ledger.reverse(other_workspace, 4, key="re", reference="refund:1", reason="")
    with pytest.raises(LedgerConflict):
        ledger.reverse(workspace, 4, key="re", reference="refund:1", reason="")
    debit = "ledger_debit(%s, 'adjust', 'adjusted', 4, 'adjusted', 'refund:1', '', NULL)"
    assert answer(debit, workspace.pk)[0] == "done"
    assert (
        answer("ledger_reverse(%s, 4, 'adjusted', 'adjusted', 'refund:1', '', NULL)", workspace.pk)[0]
        == "conflict"
    )
    assert have() == Balance(available=6)
    assert Transfer.objects.filter(workspace=workspace, kind="reverse").count() == 0


def test_all_is_dated_when_it_happens(workspace, fund):
    began = timezone.now()
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    ledger.freeze(workspace, 2, reference="dispute:1", reason="")
    ledger.capture("generation:1", 4, key="c", about="image:1")
    dates = [
        *Transfer.objects.values_list("created_at", flat=True),
        *Hold.objects.values_list("created_at", flat=True),
        *Hold.objects.exclude(ended_at=None).values_list("ended_at", flat=True),
    ]
    assert len(dates) == 4 + 2 + 1
    assert all(began - timedelta(minutes=1) < date < timezone.now() + timedelta(minutes=1) for date in dates)


def test_what_verbs_say_of_themselves_the_first_time_and_the_second(workspace, fund):
    fund(workspace, 10)
    reverse = "ledger_reverse(%s, 4, 'refunded', 're', 'refund:1', '', NULL)"
    assert [answer(reverse, workspace.pk) for _ in range(2)] == [("done", 4, 0), ("again", 4, 0)]
    restore = "ledger_restore(%s, 're', '', NULL)"
    assert [answer(restore, workspace.pk) for _ in range(2)] == [("done", 4), ("again", 4)]
    freeze = "ledger_freeze(%s, 3, 'dispute:1', '', NULL)"
    assert [answer(freeze, workspace.pk) for _ in range(2)] == [("done", 3), ("again", 3)]


def test_a_key_of_another_kind_another_account_or_another_verb_is_a_conflict(workspace, fund):
    fund(workspace, 10)
    back = "ledger_credit(%s, %s, %s, 2, 'k', 'refund:1', '', NULL)"
    assert answer(back, workspace.pk, "restore", "refunded") == ("done",)
    assert answer(back, workspace.pk, "restore", "disputed") == ("conflict",)
    assert answer(back, workspace.pk, "grant", "refunded") == ("conflict",)
    taken = "ledger_debit(%s, 'adjust', %s, 2, 'd', 'refund:1', '', NULL)"
    assert answer(taken, workspace.pk, "adjusted")[0] == "done"
    assert answer(taken, workspace.pk, "used")[0] == "conflict"


def test_a_reversal_whose_debt_part_is_somebody_elses_key_is_a_conflict(workspace, fund):
    fund(workspace, 10)
    ledger.reverse(workspace, 3, key="re", reference="refund:1", reason="")
    ledger.reverse(workspace, 1, key="re:debt", reference="refund:2", reason="")
    with pytest.raises(LedgerConflict):
        ledger.reverse(workspace, 4, key="re", reference="refund:1", reason="")


def test_another_workspaces_suspension_is_not_ours(workspace, other_workspace, fund, have):
    fund(workspace, 10)
    Workspace.objects.filter(pk=other_workspace.pk).update(suspended_at=timezone.now())
    ledger.hold(workspace, 4, reference="generation:1")
    assert have() == Balance(available=6, held=4)


def test_a_hold_counts_for_its_own_token_alone(workspace, fund, token):
    fund(workspace, 10)
    other = ApiToken.objects.create(workspace=workspace, name="b", prefix="b", digest=b"b" * 32, scopes=[])
    ledger.hold(workspace, 4, reference="generation:1", token=token)
    counts = [ApiToken.objects.get(pk=one.pk).credits_committed for one in (token, other)]
    assert counts == [4, 0]


def test_a_paid_debt_names_what_paid_it(workspace):
    ledger.reverse(workspace, 3, key="re", reference="refund:1", reason="")
    ledger.grant(workspace, 5, key="g", reference="purchase:9")
    assert Transfer.objects.get(kind="settle").reference == "purchase:9"


@pytest.mark.django_db(transaction=True)
def test_undoing_a_reversal_twice_at_once_undoes_it_once(workspace, fund):
    fund(workspace, 10)
    ledger.reverse(workspace, 4, key="re", reference="refund:1", reason="")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ledger.restore(workspace, "re", reason="")
            call = begun(pool, lambda: ledger.restore(workspace, "re", reason=""))
        assert call.result() == 4
    assert balance.for_workspace(workspace) == Balance(available=10)
