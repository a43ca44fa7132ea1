"""A random history of two workspaces and a client of each over some days, by the product's own verbs, and its books in plain Python."""

import datetime as dt
import random
import uuid
from contextlib import suppress
from fractions import Fraction

from django.db import connection

from accounts.models import Workspace
from billing import ledger
from billing.disputes import dispute
from billing.errors import HoldExhausted
from billing.ledger import balance, clients
from billing.models import Dispute, Purchase, Refund
from billing.models.ledger import Transfer
from billing.purchases import fulfillment
from billing.refunds import refund
from billing.stripe.objects import DisputeFacts, RefundFacts, Session
from core.errors import Refusal
from tests.support.database import remembered

BEGIN = dt.date(2026, 3, 1)
LENGTH = 12


def uuid7(moment, chance):
    """Make an id as the product's are: it begins with the milliseconds of its moment."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(60))


class History:
    """Does whatever may happen to credits, a step at a time."""

    def __init__(self, seed, images=None):
        self.random = random.Random(seed)
        self.number = 0
        self.workspaces = [
            Workspace.objects.create(name=f"W{seed}{n}", slug=f"w{seed}-{n}") for n in range(2)
        ]
        self.clients = {
            one.pk: Workspace.objects.create(name="C", slug=f"{one.slug}-c", parent=one)
            for one in self.workspaces
        }
        self.images = images or self.image
        self.holds, self.bought, self.opened, self.back = [], [], {}, []

    def name(self, what):
        self.number += 1
        return f"{what}{self.number}-{self.workspaces[0].slug}"

    def image(self):
        return uuid7(dt.datetime.now(dt.UTC), self.random)

    def step(self):
        what = self.random.choices(
            (
                "grant",
                "buy",
                "hold",
                "capture",
                "release",
                "adjust",
                "pay_back",
                "fail",
                "question",
                "write_off",
                "fund",
                "withdraw",
                "hold_of_client",
            ),
            (1, 3, 6, 10, 3, 2, 2, 1, 2, 1, 2, 2, 1),
        )[0]
        with suppress(Refusal, HoldExhausted, IndexError, ValueError):  # nothing there yet, or refused
            getattr(self, what)(self.random.choice(self.workspaces))

    def grant(self, workspace):
        ledger.grant(workspace, self.random.randint(1, 20), key=self.name("g"), reference="grant")

    def buy(self, workspace):
        name = self.name("p")
        row = Purchase.objects.create(
            workspace=workspace, pack_slug="p", pack_name="Pack", credits=self.random.randint(3, 70),
            amount=self.random.randint(50, 3_000), fee=self.random.randint(30, 90),
        )  # fmt: skip
        fulfillment.settle(
            Session(
                id=name, reference=row.public_id, status="complete", payment_status="paid", payment_intent=name,
                total=row.amount + 7, tax=7, discount=0, currency="usd", livemode=False,
            )
        )  # fmt: skip
        self.bought.append(row)

    def hold(self, workspace):
        reference, most = self.name("generation:"), balance.for_workspace(workspace).available
        ledger.hold(workspace, self.random.randint(1, max(1, most // 2)), reference=reference)
        self.holds.append(reference)

    def hold_of_client(self, workspace):
        self.hold(self.clients[workspace.pk])

    def fund(self, workspace):
        clients.fund(self.clients[workspace.pk], self.random.randint(1, 30), key=self.name("f"))

    def withdraw(self, workspace):
        clients.withdraw(self.clients[workspace.pk], self.random.randint(1, 15), key=self.name("b"))

    def capture(self, workspace):
        image = self.images()
        ledger.capture(
            self.random.choice(self.holds[-3:]),
            self.random.randint(1, 9),
            key=f"capture:image:{image}",
            about=f"image:{image}",
        )

    def release(self, workspace):
        ledger.release(self.random.choice(self.holds), key=self.name("r"))

    def adjust(self, workspace):
        credits = self.random.choice((-6, -1, 2, 11))
        ledger.adjust(workspace, credits, key=self.name("a"), reason="", actor=None)

    def pay_back(self, workspace):
        row = Purchase.objects.get(pk=self.random.choice(self.bought).pk)
        gone = sum(
            Refund.objects.filter(purchase=row).exclude(status="failed").values_list("amount", flat=True)
        )
        cents = self.random.choice((row.total - gone, self.random.randint(1, row.total - gone)))
        facts = RefundFacts(self.name("re"), row.payment_intent, cents, "succeeded", "", "")
        refund.sync_from_stripe(facts)
        self.back.append(facts)

    def fail(self, workspace):
        facts = self.random.choice(self.back)
        refund.sync_from_stripe(RefundFacts(facts.id, facts.payment_intent, facts.amount, "failed", "", ""))

    def question(self, workspace):
        if self.opened and self.random.random() < 0.6:
            name, row = self.opened.popitem()
            status = self.random.choice(("won", "lost"))
        else:
            name, row = self.name("dp"), self.random.choice(self.bought)
            self.opened[name] = row
            status = "needs_response"
        intent = Purchase.objects.get(pk=row.pk).payment_intent
        dispute.sync_from_stripe(DisputeFacts(name, intent, "ch", row.amount, status, "", None))

    def write_off(self, workspace):
        owed = balance.for_workspace(workspace).debt
        ledger.write_off(
            workspace, self.random.randint(1, owed) if owed else 1, key=self.name("w"), reason="", actor=None
        )


def spread():
    """Move what happened over the days, in its order: ids begin with milliseconds, and the books go by them."""
    rows = list(Transfer.objects.order_by("id").values_list("id", flat=True))
    first = int(dt.datetime.combine(BEGIN, dt.time(), dt.UTC).timestamp() * 1000)
    step = LENGTH * 86_400_000 // len(rows)
    moved = [
        (uuid.UUID(int=(first + n * step) << 80 | old.int & (1 << 80) - 1), old) for n, old in enumerate(rows)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.executemany("UPDATE billing_transfer SET id = %s WHERE id = %s", moved)
        cursor.execute("SET LOCAL session_replication_role = origin")
    when = {str(day): BEGIN + dt.timedelta(days=day) for day in range(LENGTH)}
    for kind, field in ((Purchase, "paid_at"), (Refund, "created_at"), (Dispute, "closed_at")):
        for n, row in enumerate(kind.objects.exclude(**{field: None})):
            noon = dt.datetime.combine(when[str(n % LENGTH)], dt.time(12), dt.UTC)
            kind.objects.filter(pk=row.pk).update(**{field: noon})


def told(seed, steps=150):
    """A history over the days, lived by the first test of this process that asks for it."""

    def live():
        story = History(seed)
        for _ in range(steps):
            story.step()
        spread()
        return story

    return remembered(("history", seed, steps), live)


def day_of(pk):
    return dt.datetime.fromtimestamp((pk.int >> 80) / 1000, dt.UTC).date()


class Wallet:
    """What one workspace has, and what it earned us so far: the rule of first in, first out, word by word."""

    def __init__(self):
        self.lots, self.kept, self.owed = [], 0, 0

    def see(self, row, prices):
        if row.target == "available" and row.kind in {"grant", "purchase", "adjust", "fund"}:
            price = prices[row.reference] if row.kind == "purchase" else Fraction(0)
            self.lots.append([row.reference, row.kind, row.amount, price])
        if row.kind in {"reverse", "restore"}:
            lot = next(one for one in self.lots if one[0] == row.reference and one[1] == "purchase")
            lot[2] += row.amount if row.kind == "restore" else -row.amount
        self.kept += row.amount * (
            (row.target in {"available", "held"}) - (row.source in {"available", "held"})
        )
        self.owed += row.amount * ((row.source == "debt") - (row.target == "debt"))

    def worth(self):
        """(earned, liability): what remains belongs to the newest lots."""
        remaining, earned, liability = self.kept, Fraction(0), Fraction(0)
        for _, _, credits, price in reversed(self.lots):
            left = max(0, min(credits, remaining))
            remaining -= left
            earned += (credits - left) * price
            liability += left * price
        return earned, liability


def replay():
    """Every transfer with what it earned, and every wallet's worth behind it: [(row, earned, {wallet: worth})]."""
    prices = {f"purchase:{row.pk}": Fraction(row.amount, row.credits) for row in Purchase.objects.all()}
    wallets, seen = {}, []
    for row in Transfer.objects.order_by("id"):
        wallet = wallets.setdefault(row.workspace_id, Wallet())
        before = wallet.worth()[0]
        wallet.see(row, prices)
        earned, _ = wallet.worth()
        seen.append((row, earned - before))
    return seen, wallets
