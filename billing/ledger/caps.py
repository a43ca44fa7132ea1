"""Caps on what a workspace, a member or a token may spend in a day, a week, a month or in all.

The ledger counts them and decides by them when it holds credits (`billing/sql/caps.sql`).
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from accounts.models import ApiToken, Workspace
from billing.errors import SpendingCapReached
from billing.models import Cap, CapKind, CapPeriod
from core.wording import in_words

MOST: Final = 1_000_000_000
"""The largest cap, in credits."""
_SET = "SELECT ledger_set_cap(%s, %s, %s, %s, %s, coalesce(%s, clock_timestamp()))"
_STANDS = """
    SELECT subject, period, credits, CASE WHEN since < start THEN 0 ELSE committed END, greatest(since, start)
    FROM billing_cap CROSS JOIN LATERAL ledger_period(period, coalesce(%s, statement_timestamp())) AS start
    WHERE (%s::uuid IS NULL OR workspace_id = %s) AND kind = %s AND subject = ANY (%s)
"""
WORDS: Final = {
    CapPeriod.DAY: "daily cap",
    CapPeriod.WEEK: "weekly cap",
    CapPeriod.MONTH: "monthly cap",
    CapPeriod.TOTAL: "cap in all",
}
"""What people call a cap of each period."""
_WHOSE: Final = {
    CapKind.WORKSPACE: "this workspace",
    CapKind.MEMBER: "this member",
    CapKind.TOKEN: "this token, or of one that made it,",
}


@dataclass(frozen=True, slots=True)
class CapState:
    """A cap and how far it is spent in the period that runs now; `begins_again` is when it counts anew, if ever."""

    period: CapPeriod
    credits: int
    committed: int
    since: dt.datetime

    @property
    def left(self) -> int:
        """Credits that may still be held."""
        return max(0, self.credits - self.committed)

    @property
    def percent(self) -> int:
        """How much of it is spent, from 0 to 100; a cap of nothing is spent."""
        return min(100, self.committed * 100 // self.credits) if self.credits else 100

    @property
    def begins_again(self) -> dt.datetime | None:
        """When the next period begins."""
        return next_period(self.period, self.since)


def set_cap(
    workspace: Workspace,
    kind: CapKind,
    subject: uuid.UUID,
    period: CapPeriod,
    credits: int | None,
    *,
    at: dt.datetime | None = None,
) -> None:
    """Set a cap, or take it away with None. What was spent in its period before counts.

    Args:
        workspace: whose credits are spent.
        kind: whose spending is counted.
        subject: the id of that workspace, person or token.
        period: what is counted together.
        credits: at most so many, from 0 to `MOST`.
        at: the moment whose period is counted; by default the database's now.
    """
    assert credits is None or 0 <= credits <= MOST, "callers have checked what people wrote"
    with connection.cursor() as cursor:
        cursor.execute(_SET, [workspace.pk, kind.value, subject, period.value, credits, at])


def of(
    workspace: Workspace, kind: CapKind, subjects: Collection[uuid.UUID], *, at: dt.datetime | None = None
) -> dict[uuid.UUID, dict[CapPeriod, CapState]]:
    """Return the caps of some members or tokens, in one query: by subject and period, shortest period first."""
    return _read(workspace.pk, kind, subjects, at)


def _read(
    workspace: uuid.UUID | None, kind: CapKind, subjects: Collection[uuid.UUID], at: dt.datetime | None
) -> dict[uuid.UUID, dict[CapPeriod, CapState]]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [at, workspace, workspace, kind.value, list(subjects)])
        rows = cursor.fetchall()
    found: dict[uuid.UUID, dict[CapPeriod, CapState]] = {}
    for subject, period, credits, committed, since in sorted(
        rows, key=lambda row: CapPeriod.values.index(row[1])
    ):
        state = CapState(CapPeriod(period), credits, committed, since)
        found.setdefault(subject, {})[state.period] = state
    return found


def of_subjects(kind: CapKind, subjects: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[CapPeriod, CapState]]:
    """Return the caps of members or tokens of several workspaces, of which a subject has one alone."""
    return _read(None, kind, subjects, None)


def of_one(workspace: Workspace, kind: CapKind, subject: uuid.UUID) -> dict[CapPeriod, CapState]:
    """Return the caps of one."""
    return of(workspace, kind, [subject]).get(subject, {})


def are_over(token: ApiToken) -> bool:
    """Return whether a token is capped, itself or by one that made it."""
    subjects = [token.pk, *token.makers]
    return (
        token.credit_cap is not None or Cap.objects.filter(kind=CapKind.TOKEN, subject__in=subjects).exists()
    )


def forget(workspace: Workspace, kind: CapKind, subjects: Iterable[uuid.UUID]) -> None:
    """Take away the caps of those who are gone: nobody spends in their name any more."""
    Cap.objects.filter(workspace=workspace, kind=kind, subject__in=list(subjects)).delete()


def refusal(cap: uuid.UUID, credits: int) -> SpendingCapReached:
    """Return the refusal of so many credits by a cap."""
    row = Cap.objects.filter(pk=cap).first()
    if row is None:
        return SpendingCapReached(
            "A cap was reached that has just been taken away. Nothing was charged. Try again."
        )
    period, kind = CapPeriod(row.period), CapKind(row.kind)
    state = of_one(row.workspace, kind, row.subject).get(period) or CapState(
        period, row.credits, row.committed, row.since
    )
    again = f" until {state.begins_again:%Y-%m-%d %H:%M} UTC" if state.begins_again else ""
    left = in_words(state.left) if state.left else "nothing"
    return SpendingCapReached(
        f"This needs {in_words(credits)}, and the {WORDS[period]} of {_WHOSE[kind]} has {left} left{again}. "
        "Nothing was charged. An admin can raise the cap.",
        needed=credits,
        cap={"of": kind.value, "period": period.value, "credits": state.credits, "left": state.left},
    )


def next_period(period: CapPeriod, since: dt.datetime) -> dt.datetime | None:
    """Return when the period after the one that began at `since` begins; None for one of all time."""
    match period:
        case CapPeriod.DAY:
            return since + dt.timedelta(days=1)
        case CapPeriod.WEEK:
            return since + dt.timedelta(days=7)
        case CapPeriod.MONTH:
            return (since.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        case CapPeriod.TOTAL:
            return None
