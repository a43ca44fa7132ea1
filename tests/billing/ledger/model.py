"""What must come of moving credits: the model knows nothing of SQL or of how the ledger works, it adds up.

Where the ledger keeps available, held and debt apart by rules, the model has one number, and debt is its being below zero.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from accounts.models import ApiToken, User, Workspace
from billing.errors import (
    InDebt,
    InsufficientCredits,
    WorkspaceSuspended,
)
from billing.models import CapKind, CapPeriod, Purchase
from generation.models import Generation

CAP = 60
did: Counter[str] = Counter()
"""What all runs of this process did, and what was refused."""
amounts = st.integers(1, 40)
picks = st.integers(0, 10_000)


@dataclass
class Held:
    amount: int
    with_token: bool = False
    by_member: bool = False
    at: dt.datetime | None = None
    """None for what no cap counts."""
    captured: int = 0
    released: int = 0

    @property
    def left(self):
        return self.amount - self.captured - self.released


def begins(period, at):
    """When the period of a moment began."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case CapPeriod.DAY:
            return day
        case CapPeriod.WEEK:
            return day - dt.timedelta(days=day.weekday())
        case CapPeriod.MONTH:
            return day.replace(day=1)
        case CapPeriod.TOTAL:
            return dt.datetime.fromtimestamp(0, dt.UTC)


@dataclass
class Capped:
    """A cap: what is counted began at `since`, and never begins earlier again."""

    kind: CapKind
    period: CapPeriod
    credits: int
    since: dt.datetime

    def at(self, moment):
        return max(self.since, begins(self.period, moment))

    def counts(self, hold):
        return hold.at is not None and (
            self.kind == CapKind.WORKSPACE
            or (self.kind == CapKind.MEMBER and hold.by_member)
            or (self.kind == CapKind.TOKEN and hold.with_token)
        )


@dataclass
class Bought:
    row: Purchase
    refunds: dict[str, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    disputes: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def taken(self):
        """Credits that the money which went back stands for."""
        cents = sum(amount for name, amount in self.refunds.items() if name not in self.failed)
        cents += sum(amount for amount, status in self.disputes.values() if status == "lost")
        share = min(cents, self.row.total) * self.row.credits / self.row.total
        return int(share + 0.5)  # all numbers here are small: the float is exact enough


class Model(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint_create()
        self.number = 0
        self.given = 0  # granted, adjusted, written off
        self.lots: list[tuple[str, int]] = []  # reference and size, oldest first
        self.holds: dict[str, Held] = {}
        self.bought: dict[str, Bought] = {}
        self.reversed: dict[str, int] = {}
        self.granted: dict[str, int] = {}
        self.orders: dict[str, Generation] = {}
        self.is_suspended = False
        self.handed = 0  # what clients got, less what came back
        self.caps: dict[tuple[CapKind, CapPeriod], Capped] = {}
        # A clock far behind the ids of transfers, which are the real clock's.
        self.now = dt.datetime.now(dt.UTC) - dt.timedelta(days=200)
        self.last = lambda: None

    def teardown(self):
        transaction.savepoint_rollback(self.point)

    @initialize()
    def begin(self):
        self.workspace = Workspace.objects.create(name="W", slug="w")
        self.token = ApiToken.objects.create(
            workspace=self.workspace, name="t", prefix="p", digest=b"2" * 32, scopes=[], credit_cap=CAP
        )
        self.member = User.objects.create_user("member@example.com")
        self.client = Workspace.objects.create(name="C", slug="c", parent=self.workspace)
        self.subjects = {
            CapKind.WORKSPACE: self.workspace.pk,
            CapKind.MEMBER: self.member.pk,
            CapKind.TOKEN: self.token.pk,
        }

    # What the model says

    @property
    def used(self):
        return sum(hold.captured for hold in self.holds.values())

    @property
    def held(self):
        return sum(hold.left for hold in self.holds.values())

    @property
    def spendable(self):
        """What came in less what went out; below zero it is debt."""
        came = self.given + sum(one.row.credits - one.taken for one in self.bought.values())
        return came - self.used - self.held - self.handed

    @property
    def committed(self):
        return sum(hold.amount - hold.released for hold in self.holds.values() if hold.with_token)

    def counted(self, cap, moment):
        """What a cap has counted in the period of a moment."""
        return sum(
            hold.amount - hold.released
            for hold in self.holds.values()
            if cap.counts(hold) and hold.at >= cap.at(moment)
        )

    def caps_over(self, hold):
        return [cap for cap in self.caps.values() if cap.counts(hold)]

    def date(self, hold):
        """Date a hold no earlier than the periods that count it."""
        hold.at = max([hold.at, *(cap.since for cap in self.caps_over(hold))])
        return hold

    def is_capped(self, hold):
        """Whether a cap is in the way of what would be held."""
        return any(self.counted(cap, hold.at) + hold.amount > cap.credits for cap in self.caps_over(hold))

    def keep(self, reference, hold):
        for cap in self.caps_over(hold):
            cap.since = cap.at(hold.at)
        self.holds[reference] = hold

    def left_of(self, name):
        """Unspent credits of a purchase: the oldest lots are spent first."""
        sizes = [
            (lot, size - (self.bought[lot].taken if lot in self.bought else 0)) for lot, size in self.lots
        ]
        gone = sum(size for _, size in sizes) - max(0, self.spendable) - self.held
        for lot, size in sizes:
            spent = min(size, max(0, gone))
            gone -= spent
            if lot == name:
                return size - spent
        return 0

    def name(self, what):
        self.number += 1
        return f"{what}{self.number}"

    def pick(self, things, number):
        return list(things)[number % len(things)]

    # How it is done

    def forbids(self, credits):
        """Why so many credits can't be held; None where they can."""
        if self.is_suspended:
            return WorkspaceSuspended
        if self.spendable < 0:
            return InDebt
        return InsufficientCredits if credits > self.spendable else None

    def do(self, work):
        work()
        did["operations"] += 1
        self.last = work

    def refused(self, error, work):
        try:
            work()
        except error:
            did["refusals"] += 1
            return
        raise AssertionError(f"This should have been refused: {error.__name__}")

    # What must hold after every step

    @invariant()
    def as_the_model_says(self):
        if not hasattr(self, "workspace"):
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT available, held, debt FROM billing_wallet WHERE workspace_id = %s",
                [self.workspace.pk],
            )
            wallet = cursor.fetchone() or (0, 0, 0)
            cursor.execute("SELECT * FROM pg_temp.money_invariants()")
            violations = cursor.fetchall()
            cursor.execute("SELECT * FROM pg_temp.image_invariants()")
            violations += cursor.fetchall()
            cursor.execute("SELECT available FROM billing_wallet WHERE workspace_id = %s", [self.client.pk])
            (of_client,) = cursor.fetchone() or (0,)
        assert wallet == (max(0, self.spendable), self.held, max(0, -self.spendable))
        assert of_client == self.handed
        assert violations == []
