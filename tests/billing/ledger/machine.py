"""A stateful model of all money: Hypothesis moves credits at random, and a few lines of Python say what must come of it."""

import datetime as dt

from django.db import connection
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import Workspace
from billing import ledger, sql
from billing.disputes import dispute
from billing.errors import (
    HoldExhausted,
    InsufficientCredits,
    LedgerConflict,
    SpendingCapReached,
    TokenCapReached,
)
from billing.ledger import caps, clients
from billing.models import CapKind, CapPeriod, Purchase
from billing.purchases import fulfillment
from billing.reconciliation import invariants
from billing.refunds import refund
from billing.stripe.objects import DisputeFacts, RefundFacts, Session
from core import ids
from generation import sql as generation_sql
from generation.catalog import cache
from tests.billing.ledger.machine_images import Images
from tests.billing.ledger.model import CAP, Bought, Capped, Held, amounts, begins, did, picks


class Money(Images):
    # What may happen

    @rule(credits=amounts)
    def grant(self, credits):
        key = self.name("g")
        self.do(lambda: ledger.grant(self.workspace, credits, key=key, reference=key))
        self.given += credits
        self.lots.append((key, credits))
        self.granted[key] = credits

    @precondition(lambda self: self.granted)
    @rule(number=picks, more=st.integers(1, 5))
    def use_a_key_for_something_else(self, number, more):
        key = self.pick(self.granted, number)
        credits = self.granted[key]
        for work in (
            lambda: ledger.grant(self.workspace, credits + more, key=key, reference=key),
            lambda: ledger.grant(self.workspace, credits, key=key, reference="other"),
            lambda: ledger.sell(self.workspace, credits, key=key, reference=key),
            lambda: ledger.adjust(self.workspace, -credits, key=key, reason="", actor=None),
        ):
            self.refused(LedgerConflict, work)

    @rule(credits=amounts)
    def reverse(self, credits):
        key = self.name("v")
        self.do(lambda: ledger.reverse(self.workspace, credits, key=key, reference=key, reason=""))
        self.given -= credits
        self.reversed[key] = credits

    @precondition(lambda self: self.reversed)
    @rule(number=picks)
    def restore(self, number):
        key = self.pick(self.reversed, number)
        self.do(lambda: ledger.restore(self.workspace, key, reason=""))
        self.given += self.reversed.pop(key)

    @rule()
    def suspend_or_not(self):
        self.is_suspended = not self.is_suspended
        Workspace.objects.filter(pk=self.workspace.pk).update(
            suspended_at=timezone.now() if self.is_suspended else None
        )

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

    @rule(credits=st.integers(1, 60), with_token=st.booleans(), by_member=st.booleans())
    def hold(self, credits, with_token, by_member):
        reference, moment = self.name("h"), self.now
        hold = self.date(Held(credits, with_token, by_member, self.now))
        token, member = self.token if with_token else None, self.member if by_member else None
        work = lambda: ledger.hold(  # noqa: E731 -- kept, to be done again
            self.workspace, credits, reference=reference, token=token, actor=member, at=moment
        )
        if why := self.forbids(credits):
            self.refused(why, work)
        elif with_token and self.committed + credits > CAP:
            self.refused(TokenCapReached, work)
        elif self.is_capped(hold):
            self.refused(SpendingCapReached, work)
        else:
            self.do(work)
            self.keep(reference, hold)

    @rule(kind=st.sampled_from(CapKind), period=st.sampled_from(CapPeriod), credits=st.integers(0, 80))
    def cap(self, kind, period, credits):
        self.do(lambda: caps.set_cap(self.workspace, kind, self.subjects[kind], period, credits, at=self.now))
        if known := self.caps.get((kind, period)):
            known.credits = credits
        else:
            latest = max([self.now, *(hold.at for hold in self.holds.values() if hold.at)])
            self.caps[kind, period] = Capped(kind, period, credits, begins(period, latest))

    @precondition(lambda self: self.caps)
    @rule(number=picks)
    def uncap(self, number):
        kind, period = self.pick(self.caps, number)
        self.do(lambda: caps.set_cap(self.workspace, kind, self.subjects[kind], period, None))
        del self.caps[kind, period]

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours):
        self.now += dt.timedelta(hours=hours)

    @precondition(lambda self: self.caps)
    @rule(number=picks)
    def look_at_a_cap(self, number):
        kind, period = self.pick(self.caps, number)
        state = caps.of(self.workspace, kind, [self.subjects[kind]], at=self.now)[self.subjects[kind]][period]
        cap = self.caps[kind, period]
        assert (state.credits, state.committed) == (cap.credits, self.counted(cap, self.now))

    @rule(credits=amounts)
    def fund_the_client(self, credits):
        key = self.name("f")
        work = lambda: clients.fund(self.client, credits, key=key)  # noqa: E731
        if why := self.forbids(credits):
            self.refused(why, work)
            return
        self.do(work)
        self.handed += credits

    @rule(credits=st.one_of(st.none(), amounts))
    def withdraw_from_the_client(self, credits):
        key = self.name("b")
        work = lambda: clients.withdraw(self.client, credits, key=key)  # noqa: E731
        if credits is not None and credits > self.handed:
            self.refused(InsufficientCredits, work)
            return
        self.do(work)
        self.handed -= self.handed if credits is None else credits

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
        self.do(lambda: fulfillment.settle(session))
        self.bought[name] = Bought(row)
        self.lots.append((name, credits))

    @precondition(lambda self: self.bought)
    @rule(number=picks, share=st.integers(1, 100))
    def pay_back(self, number, share):
        name = self.pick(self.bought, number)
        one, made = self.bought[name], self.name("re")
        facts = RefundFacts(made, name, max(1, one.row.total * share // 100), "succeeded", "", "")
        self.do(lambda: refund.sync_from_stripe(facts))
        one.refunds[made] = facts.amount

    @precondition(lambda self: any(one.refunds for one in self.bought.values()))
    @rule(number=picks)
    def fail_to_pay_back(self, number):
        name = self.pick([name for name, one in self.bought.items() if one.refunds], number)
        one = self.bought[name]
        made = self.pick(one.refunds, number)
        facts = RefundFacts(made, name, one.refunds[made], "failed", "", "")
        self.do(lambda: refund.sync_from_stripe(facts))
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
        self.do(lambda: dispute.sync_from_stripe(facts))
        one.disputes[made] = (cents, "needs_response")
        if frozen:
            self.holds[f"dispute:{made}"] = Held(frozen)

    @precondition(lambda self: any(one.disputes for one in self.bought.values()))
    @rule(number=picks, status=st.sampled_from(["won", "lost", "warning_closed"]))
    def decide(self, number, status):
        name = self.pick([name for name, one in self.bought.items() if one.disputes], number)
        one = self.bought[name]
        made = self.pick(one.disputes, number)
        cents, _ = one.disputes[made]
        self.do(lambda: dispute.sync_from_stripe(DisputeFacts(made, name, "ch", cents, status, "", None)))
        one.disputes[made] = (cents, status)
        if frozen := self.holds.get(f"dispute:{made}"):
            frozen.released = frozen.amount

    @rule()
    def say_it_again(self):
        """Whatever was done last is done once more, and changes nothing."""
        self.last()


INVARIANTS = {
    "money_invariants": invariants.fill(sql.read("invariants"), ids.NOBODY),
    "image_invariants": invariants.fill(generation_sql.read("invariants"), ids.NOBODY),
}
PLANNED = """
    CREATE FUNCTION pg_temp.{name}() RETURNS TABLE (told_invariant text, told_violation text) LANGUAGE plpgsql AS $plan$
    BEGIN RETURN QUERY SELECT one.invariant::text, one.violation::text FROM ({query}
    ) AS one (invariant, violation); END $plan$
"""


def prepare():
    """Plan the invariants once: planning them costs more than asking them of a few rows. The shop is open.

    A function's plan outlives the rollbacks between two runs, with which psycopg forgets what it has prepared.
    """
    cache.invalidate()
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        for name, query in INVARIANTS.items():
            cursor.execute(PLANNED.format(name=name, query=query))


def forget():
    with connection.cursor() as cursor:
        for name in INVARIANTS:
            cursor.execute(f"DROP FUNCTION pg_temp.{name}()")
        cursor.execute("RESET plan_cache_mode")


def told():
    """What all runs did."""
    return ", ".join(f"{count:,} {what}" for what, count in did.items())
