"""A stateful model of all money: Hypothesis moves credits at random, and a few lines of Python say what must come of it.

The model knows nothing of SQL or of how the ledger works: it adds up what came in and what went out. Where the
ledger keeps available, held and debt apart by rules, the model has one number, and debt is its being below zero.
"""

from dataclasses import dataclass, field

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts.models import ApiToken, Workspace
from billing import dispute, fulfil, ledger, refund, sql
from billing.errors import HoldExhausted, InDebt, InsufficientCredits, TokenCapReached
from billing.models import Purchase
from billing.stripe_objects import DisputeFacts, RefundFacts, Session

CAP = 60
amounts = st.integers(1, 40)
picks = st.integers(0, 10_000)


@dataclass
class Held:
    amount: int
    with_token: bool = False
    captured: int = 0
    released: int = 0

    @property
    def left(self):
        return self.amount - self.captured - self.released


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


class Money(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint_create()
        self.number = 0
        self.given = 0  # granted, adjusted, written off
        self.lots: list[tuple[str, int]] = []  # reference and size, oldest first
        self.holds: dict[str, Held] = {}
        self.bought: dict[str, Bought] = {}
        self.last = lambda: None

    def teardown(self):
        transaction.savepoint_rollback(self.point)

    @initialize()
    def begin(self):
        self.workspace = Workspace.objects.create(name="W", slug="w")
        self.token = ApiToken.objects.create(
            workspace=self.workspace, name="t", prefix="p", digest=b"2" * 32, scopes=[], credit_cap=CAP
        )

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
        return came - self.used - self.held

    @property
    def committed(self):
        return sum(hold.amount - hold.released for hold in self.holds.values() if hold.with_token)

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

    # What may happen

    @rule(credits=amounts)
    def grant(self, credits):
        key = self.name("g")
        self.do(lambda: ledger.grant(self.workspace, credits, key=key, reference=key))
        self.given += credits
        self.lots.append((key, credits))

    @rule(credits=amounts)
    def adjust_up(self, credits):
        key = self.name("u")
        self.do(lambda: ledger.adjust(self.workspace, credits, key=key, reason="", actor=None))
        self.given += credits
        self.lots.append((key, credits))

    @rule(credits=amounts)
    def adjust_down(self, credits):
        key = self.name("d")
        if credits > self.spendable:
            self.refused(
                InsufficientCredits,
                lambda: ledger.adjust(self.workspace, -credits, key=key, reason="", actor=None),
            )
            return
        self.do(lambda: ledger.adjust(self.workspace, -credits, key=key, reason="", actor=None))
        self.given -= credits

    @precondition(lambda self: self.spendable < 0)
    @rule(credits=amounts)
    def write_off(self, credits):
        key, credits = self.name("w"), min(credits, -self.spendable)
        self.do(lambda: ledger.write_off(self.workspace, credits, key=key, reason="", actor=None))
        self.given += credits

    @rule(credits=st.integers(1, 60), with_token=st.booleans())
    def hold(self, credits, with_token):
        reference = self.name("h")
        work = lambda: ledger.hold(  # noqa: E731 -- kept, to be done again
            self.workspace, credits, reference=reference, token=self.token if with_token else None
        )
        if self.spendable < 0:
            self.refused(InDebt, work)
        elif credits > self.spendable:
            self.refused(InsufficientCredits, work)
        elif with_token and self.committed + credits > CAP:
            self.refused(TokenCapReached, work)
        else:
            self.do(work)
            self.holds[reference] = Held(credits, with_token)

    @precondition(lambda self: self.holds)
    @rule(number=picks, credits=st.integers(1, 20))
    def capture(self, number, credits):
        reference = self.pick([name for name in self.holds if name.startswith("h")] or [""], number)
        if not reference:
            return
        key, hold = self.name("c"), self.holds[reference]
        work = lambda: ledger.capture(reference, credits, key=key, about=key)  # noqa: E731
        if credits > hold.left:
            self.refused(HoldExhausted, work)
            return
        self.do(work)
        hold.captured += credits

    @precondition(lambda self: self.holds)
    @rule(number=picks, credits=st.one_of(st.none(), st.integers(1, 20)))
    def release(self, number, credits):
        reference = self.pick([name for name in self.holds if name.startswith("h")] or [""], number)
        if not reference:
            return
        key, hold = self.name("r"), self.holds[reference]
        work = lambda: ledger.release(reference, credits, key=key)  # noqa: E731
        if credits is not None and credits > hold.left:
            self.refused(HoldExhausted, work)
            return
        self.do(work)
        hold.released += hold.left if credits is None else credits

    @rule(credits=st.integers(10, 100), cents=st.integers(100, 3_000))
    def buy(self, credits, cents):
        name = self.name("p")
        row = Purchase.objects.create(
            workspace=self.workspace, pack_slug=name, pack_name="Pack", credits=credits, amount=cents
        )
        session = Session(
            id=name, reference=row.public_id, status="complete", payment_status="paid", payment_intent=name,
            total=cents, tax=0, discount=0, currency="usd", livemode=False,
        )  # fmt: skip
        self.do(lambda: fulfil.settle(session))
        self.bought[name] = Bought(row)
        self.lots.append((name, credits))

    @precondition(lambda self: self.bought)
    @rule(number=picks, share=st.integers(1, 100))
    def pay_back(self, number, share):
        name = self.pick(self.bought, number)
        one, made = self.bought[name], self.name("re")
        facts = RefundFacts(made, name, max(1, one.row.total * share // 100), "succeeded", "", "")
        self.do(lambda: refund.note(facts))
        one.refunds[made] = facts.amount

    @precondition(lambda self: any(one.refunds for one in self.bought.values()))
    @rule(number=picks)
    def fail_to_pay_back(self, number):
        name = self.pick([name for name, one in self.bought.items() if one.refunds], number)
        one = self.bought[name]
        made = self.pick(one.refunds, number)
        facts = RefundFacts(made, name, one.refunds[made], "failed", "", "")
        self.do(lambda: refund.note(facts))
        one.failed.add(made)

    @precondition(lambda self: self.bought)
    @rule(number=picks, share=st.integers(1, 100))
    def question(self, number, share):
        name = self.pick(self.bought, number)
        one, made = self.bought[name], self.name("dp")
        cents = max(1, one.row.total * share // 100)
        facts = DisputeFacts(made, name, "ch", cents, "needs_response", "", None)
        frozen = min(
            int(cents * one.row.credits / one.row.total + 0.5), self.left_of(name), max(0, self.spendable)
        )
        self.do(lambda: dispute.note(facts))
        one.disputes[made] = (cents, "needs_response")
        if frozen:
            self.holds[f"dispute:{made}"] = Held(frozen)

    @precondition(lambda self: any(one.disputes for one in self.bought.values()))
    @rule(number=picks, status=st.sampled_from(["won", "lost", "warning_closed"]))
    def decide(self, number, status):
        name = self.pick([name for name, one in self.bought.items() if one.disputes], number)
        one = self.bought[name]
        made = self.pick(one.disputes, number)
        cents, before = one.disputes[made]
        self.do(lambda: dispute.note(DisputeFacts(made, name, "ch", cents, status, "", None)))
        if before == "needs_response":
            one.disputes[made] = (cents, status)
            if frozen := self.holds.get(f"dispute:{made}"):
                frozen.released = frozen.amount

    @rule()
    def say_it_again(self):
        """Whatever was done last is done once more, and changes nothing."""
        self.last()

    def do(self, work):
        work()
        self.last = work

    def refused(self, error, work):
        try:
            work()
        except error:
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
            cursor.execute("EXECUTE money_invariants")
            violations = cursor.fetchall()
        assert wallet == (max(0, self.spendable), self.held, max(0, -self.spendable))
        assert violations == []


def prepare():
    """Plan the invariants once: planning them costs more than asking them of a few rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE money_invariants AS {sql.read('invariants')}")


def forget():
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE money_invariants")
        cursor.execute("RESET plan_cache_mode")
