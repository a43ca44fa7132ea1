"""Whatever the order in which Stripe's news arrive, and however often, the end is the same."""

import itertools
import random
from datetime import UTC, datetime

import pytest
from django.db import transaction

from billing import ledger
from billing.disputes import dispute
from billing.ledger.balance import Balance, for_workspace
from billing.models import Purchase
from billing.purchases import fulfillment
from billing.reconciliation.invariants import violations
from billing.refunds import refund
from billing.stripe.objects import DisputeFacts, RefundFacts, Session
from tests.support.depth import runs
from tests.support.figures import figure

SAMPLES = runs("MONEY_ORDERS", 10, 60)
"""Orders tried for each outcome, drawn anew each time; MONEY_ORDERS=720 tries all, in some minutes."""


def session(purchase):
    return Session(
        id="cs_1", reference=purchase.public_id, status="complete", payment_status="paid", payment_intent="pi_1",
        total=1_000, tax=0, discount=0, currency="usd", livemode=False,
    )  # fmt: skip


def back(number, cents, status):
    return RefundFacts(f"re_{number}", "pi_1", cents, status, "requested_by_customer", "")


def questioned(status):
    return DisputeFacts(
        "dp_1", "pi_1", "ch_1", 1_000, status, "fraudulent", datetime(2026, 12, 1, tzinfo=UTC)
    )


def news(purchase, outcome):
    """Paid; refunds of 30 % and 70 %, the first of which fails; a dispute and its end."""
    return (
        lambda: fulfillment.settle(session(purchase)),
        lambda: refund.sync_from_stripe(back(1, 300, "succeeded")),
        lambda: refund.sync_from_stripe(back(2, 700, "succeeded")),
        lambda: refund.sync_from_stripe(back(1, 300, "failed")),
        lambda: dispute.sync_from_stripe(questioned("needs_response")),
        lambda: dispute.sync_from_stripe(questioned(outcome)),
    )


@pytest.fixture
def purchase(workspace, alice):
    return Purchase.objects.create(
        workspace=workspace,
        created_by=alice,
        pack_slug="starter",
        pack_name="Starter",
        credits=400,
        amount=1_000,
    )


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(
    ("outcome", "left"), [("won", Balance(available=150)), ("lost", Balance(available=30))]
)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_order_ends_the_same(workspace, purchase, fund, outcome, left, sample):
    fund(workspace, 50)
    ledger.hold(workspace, 20, reference="generation:1")
    ledger.capture("generation:1", 20, key="c", about="image:1")
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    steps = news(purchase, outcome)
    for order in rng.sample(list(itertools.permutations(range(len(steps)))), sample):
        again = [rng.choice(order) for _ in range(3)]  # and some of it twice
        point = transaction.savepoint_create()
        for step in (*order, *again):
            steps[step]()
        assert for_workspace(workspace) == left, (seed, order, again)
        assert violations() == [], (seed, order, again)
        transaction.savepoint_rollback(point)
    figure(f"{outcome}: {sample} orders of {len(steps)} news, all with the same end")
