"""Caps by day, week, month and in all; the moment is a parameter, so that tests move it."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import ApiToken
from billing import ledger
from billing.caps import limits
from billing.errors import SpendingCapReached, SpendingLocked
from billing.ledger import caps
from billing.ledger.balance import Balance
from billing.models import Cap, CapKind, CapPeriod
from billing.reconciliation.invariants import violations

NOON = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)  # a Tuesday


@pytest.fixture
def spend(workspace, fund):
    fund(workspace, 1_000)
    numbers = iter(range(1_000))

    def go(credits=1, at=NOON, **who):
        return ledger.hold(workspace, credits, reference=f"generation:{next(numbers)}", at=at, **who)

    return go


@pytest.fixture
def cap(workspace):
    def go(credits, period=CapPeriod.DAY, kind=CapKind.WORKSPACE, subject=None, at=NOON):
        subject = subject or workspace
        caps.set_cap(workspace, kind, subject.pk, period, credits, at=at)

    return go


def test_a_daily_cap_lets_exactly_so_many_through_and_as_many_the_next_day(spend, cap):
    cap(5)
    spend(3)
    spend(2)
    with pytest.raises(SpendingCapReached) as refused:
        spend(1)
    assert refused.value.detail == (
        "This needs 1 credit, and the daily cap of this workspace has nothing left until 2026-12-02 00:00 UTC. "
        "Nothing was charged. An admin can raise the cap."
    )
    assert (refused.value.status, refused.value.extra["cap"]["left"]) == (402, 0)
    spend(5, at=NOON + dt.timedelta(hours=12))
    with pytest.raises(SpendingCapReached):
        spend(1, at=NOON + dt.timedelta(hours=35))


@pytest.mark.parametrize(
    ("period", "last", "first"),
    [
        (CapPeriod.DAY, "2026-12-01T23:59:59Z", "2026-12-02T00:00:00Z"),
        (CapPeriod.WEEK, "2026-12-06T23:59:59Z", "2026-12-07T00:00:00Z"),
        (CapPeriod.MONTH, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
    ],
)
def test_a_period_ends_by_the_calendar_in_utc(spend, cap, period, last, first):
    cap(4, period)
    spend(4)
    with pytest.raises(SpendingCapReached):
        spend(at=dt.datetime.fromisoformat(last))
    spend(4, at=dt.datetime.fromisoformat(first))


def test_a_cap_in_all_never_begins_again(spend, cap):
    cap(4, CapPeriod.TOTAL)
    spend(4)
    with pytest.raises(SpendingCapReached) as refused:
        spend(at=NOON + dt.timedelta(days=400))
    assert "has nothing left. Nothing" in refused.value.detail


def test_what_is_given_back_may_be_spent_on_its_day_alone(spend, cap):
    cap(5)
    spend(5)
    ledger.release("generation:0", 2, key="r")
    spend(2)
    tomorrow = NOON + dt.timedelta(days=1)
    spend(5, at=tomorrow)
    ledger.release("generation:0", 3, key="r2")
    with pytest.raises(SpendingCapReached):
        spend(1, at=tomorrow)


def test_what_is_used_up_is_not_given_back(spend, cap):
    cap(5)
    spend(5)
    ledger.capture("generation:0", 5, key="c", about="image:1")
    with pytest.raises(SpendingCapReached):
        spend(1)


def test_a_new_cap_counts_what_was_spent_in_its_period_before(spend, cap):
    spend(3, at=NOON - dt.timedelta(days=1))
    spend(4, at=NOON)
    ledger.release("generation:1", 1, key="r")
    cap(5)
    spend(2)
    with pytest.raises(SpendingCapReached):
        spend(1)


def test_a_cap_of_nothing_stops_all_and_one_taken_away_nothing(spend, cap):
    cap(0)
    with pytest.raises(SpendingCapReached):
        spend(1)
    cap(None)
    spend(1)


def test_each_member_has_a_cap_of_their_own(spend, cap, alice, bob):
    cap(2, kind=CapKind.MEMBER, subject=alice)
    spend(2, actor=alice)
    with pytest.raises(SpendingCapReached):
        spend(1, actor=alice)
    spend(5, actor=bob)


def test_what_a_made_token_spends_counts_for_the_token_that_made_it(workspace, spend, cap, token):
    child = ApiToken.objects.create(
        workspace=workspace, name="child", prefix="p", digest=b"3" * 32, scopes=[], makers=[token.pk]
    )
    cap(3, kind=CapKind.TOKEN, subject=token)
    spend(2, token=child)
    spend(1, token=token)
    with pytest.raises(SpendingCapReached):
        spend(1, token=child)
    spend(1)


def test_the_shortest_rest_is_what_is_told(spend, cap):
    cap(10)
    cap(12, CapPeriod.MONTH)
    spend(9)
    with pytest.raises(SpendingCapReached) as refused:
        spend(5)
    assert refused.value.extra["cap"] == {"of": "workspace", "period": "day", "credits": 10, "left": 1}


def test_a_refusal_counts_nothing_anywhere(workspace, spend, cap, have, token):
    cap(10)
    cap(3, kind=CapKind.TOKEN, subject=token)
    with pytest.raises(SpendingCapReached):
        spend(4, token=token)
    token.refresh_from_db()
    assert token.credits_committed == 0
    assert set(Cap.objects.values_list("committed", flat=True)) == {0}
    assert have() == Balance(available=1_000)


def test_the_same_hold_again_counts_once(workspace, fund, cap):
    fund(workspace, 100)
    cap(5)
    for _ in range(2):
        ledger.hold(workspace, 4, reference="generation:x", at=NOON)
    assert Cap.objects.get().committed == 4


def test_a_dispute_is_nobodys_spending(workspace, spend, cap, have):
    cap(5)
    ledger.freeze(workspace, 100, reference="dispute:dp_1", reason="")
    spend(5)
    ledger.release("dispute:dp_1", key="won")
    assert Cap.objects.get().committed == 5


def test_a_clock_that_goes_back_frees_nothing(spend, cap):
    cap(5)
    spend(5, at=NOON + dt.timedelta(days=1))
    with pytest.raises(SpendingCapReached):
        spend(1, at=NOON)


def test_a_hold_before_a_clock_went_back_is_counted_by_a_new_cap(spend, cap):
    spend(3, at=NOON + dt.timedelta(days=1))
    cap(5, at=NOON)
    spend(2, at=NOON)
    with pytest.raises(SpendingCapReached):
        spend(1, at=NOON + dt.timedelta(days=1))
    ledger.release("generation:0", key="r")
    spend(3, at=NOON + dt.timedelta(days=1))


@pytest.mark.tampers
def test_a_cap_that_says_something_else_than_the_holds_is_found(spend, cap):
    cap(5)
    spend(5)
    Cap.objects.update(committed=4)
    assert [line.split(":")[0] for line in violations()] == ["I13"]


@pytest.mark.parametrize("whose", ["its own", "of the one above"])
def test_a_workspace_that_stopped_spending_spends_nothing_until_it_goes_on(
    workspace, other_workspace, spend, whose
):
    if whose == "of the one above":
        workspace.parent = other_workspace
        workspace.save()
    stopped = workspace if whose == "its own" else other_workspace
    stopped.spending_locked_at = timezone.now()
    stopped.save()
    with pytest.raises(SpendingLocked) as refused:
        spend(1)
    assert refused.value.status == 403
    stopped.spending_locked_at = None
    stopped.save()
    spend(1)


def test_the_release_before_hears_words_it_knows(workspace, fund, cap):
    fund(workspace, 10)
    cap(1, at=timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT r_outcome FROM ledger_hold(%s, 5, 'generation:old', NULL, NULL)", [workspace.pk]
        )
        assert cursor.fetchone() == ("token_cap",)
        cursor.execute(
            "SELECT r_outcome FROM ledger_hold(%s, 1, 'generation:old', NULL, NULL)", [workspace.pk]
        )
        assert cursor.fetchone() == ("done",)


def test_a_cap_of_the_release_before_becomes_one_like_others(workspace, spend, token):
    spend(4, token=token)
    assert (limits.adopt(), limits.adopt()) == (1, 0)
    token.refresh_from_db()
    assert token.credit_cap is None
    assert caps.of_one(workspace, CapKind.TOKEN, token.pk)[CapPeriod.TOTAL].left == 6
    with pytest.raises(SpendingCapReached):
        spend(7, token=token)
    ledger.release("generation:0", key="r")
    spend(10, token=token)
