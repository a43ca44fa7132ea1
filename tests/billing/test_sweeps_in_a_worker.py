"""What billing's periodic jobs do, done by a worker: with its commit or not at all, and once.

A worker replaces Django's connection with its own for procrastinate's own `defer()`, so a letter that is queued that
way is sent although its reason was rolled back, or before it can be seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User, Workspace
from billing import ledger
from billing.ledger import balance
from billing.models import AutoTopUp, BalanceAlert, Purchase, Reconciliation, Refund, StripeTrouble
from billing.purchases import checkout
from tests.billing.purchases.saving import choose, save_card
from tests.billing.stripe_events import Stripe
from tests.core import worker
from tests.support import letters

OFTEN, HOURLY, NIGHTLY = (f"billing.tasks.{name}" for name in ("sweep_often", "sweep_hourly", "prove"))


@dataclass
class Shop:
    """Who and what a case is arranged with."""

    workspace: Workspace
    alice: User
    operator: User
    stripe: Stripe
    bought: Callable[..., Purchase]

    def script(self, path: str, status: int, code: str = "") -> None:
        rule = {"match": {"path": path}, "times": 0, "do": "status", "status": status}
        self.stripe.control.post("/script", json=[rule | ({"code": code} if code else {})]).raise_for_status()

    @property
    def available(self) -> int:
        return balance.for_workspace(self.workspace).available


@dataclass(frozen=True)
class Case:
    """What is due, the row that its commit writes, what stands afterwards and the letters that tell of it.

    `again` is what has to pass before the sweep may try once more.
    """

    task: str
    arrange: Callable[[Shop], None]
    table: str
    condition: str
    done: Callable[[Shop], Any]
    before: Any
    after: Any
    told: list[str]
    again: Callable[[], object] = lambda: None


def _top_up(shop: Shop) -> AutoTopUp:
    save_card(shop.workspace, shop.alice, shop.stripe)
    ledger.grant(shop.workspace, 10, key="test:low", reference="test")
    return choose(shop.workspace, shop.alice)


def _declined(shop: Shop) -> None:
    shop.stripe.do(f"payment_methods/{_top_up(shop).payment_method}", card="chargeDeclined")


def _refused_key(shop: Shop) -> None:
    _top_up(shop)
    shop.script("payment_intents", 401)


def _lease_is_over() -> None:
    AutoTopUp.objects.update(busy_until=timezone.now() - timedelta(seconds=1))


def _unsent_receipt(shop: Shop) -> None:
    shop.bought()
    letters.ProcrastinateJob.objects.all().delete()
    Purchase.objects.update(paid_at=timezone.now() - timedelta(minutes=11))


def _low(shop: Shop) -> None:
    shop.bought()
    letters.ProcrastinateJob.objects.all().delete()
    ledger.hold(shop.workspace, 390, reference="generation:1")


def _refund_under_way(shop: Shop) -> None:
    """Stripe knows of a refund that we know nothing about."""
    purchase = shop.bought()
    letters.ProcrastinateJob.objects.all().delete()
    shop.stripe.post("refunds", payment_intent=purchase.payment_intent)


def _paid(shop: Shop) -> None:
    made = checkout.start(shop.workspace, "starter", 1, user=shop.alice)
    shop.stripe.do(f"sessions/{made.checkout_session}/pay")


def _paid_and_forgotten(shop: Shop) -> None:
    _paid(shop)
    Purchase.objects.update(created_at=timezone.now() - timedelta(hours=3))
    shop.script("/v1/events", 404)


def _nothing(_: Shop) -> None:
    """It is always due."""


CASES = {
    "a top-up": Case(
        OFTEN, _top_up, "billing_purchase", "NEW.status = 'paid'",
        lambda shop: (shop.available, len(shop.stripe.get("payment_intents")["data"])), (10, 1), (410, 1),
        ["400 credits added"], again=_lease_is_over,
    ),
    "a paused top-up": Case(
        OFTEN, _declined, "billing_autotopup", "NEW.paused_at IS NOT NULL",
        lambda shop: (AutoTopUp.objects.exclude(paused_at=None).count(), shop.available), (0, 10), (1, 10),
        ["Auto top-up is paused"], again=_lease_is_over,
    ),
    "a refusal by Stripe": Case(
        OFTEN, _refused_key, "billing_stripetrouble", "NEW.told_at IS NOT NULL",
        lambda _: StripeTrouble.objects.exclude(told_at=None).count(), 0, 1, ["Stripe"], again=_lease_is_over,
    ),
    "a receipt": Case(
        OFTEN, _unsent_receipt, "billing_purchase", "NEW.receipt_sent_at IS NOT NULL",
        lambda _: Purchase.objects.exclude(receipt_sent_at=None).count(), 0, 1, ["400 credits added"],
    ),
    "a low balance": Case(
        OFTEN, _low, "billing_balancealert", "NEW.told_at IS NOT NULL",
        lambda _: BalanceAlert.objects.exclude(told_at=None).count(), 0, 1, ["10 credits left"],
    ),
    "a refund nobody told us of": Case(
        HOURLY, _refund_under_way, "billing_refund", "true",
        lambda shop: (Refund.objects.count(), shop.available), (0, 400), (1, 0), ["$10.00 refunded"],
    ),
    "a payment nobody told us of": Case(
        HOURLY, _paid, "billing_purchase", "NEW.status = 'paid'",
        lambda shop: shop.available, 0, 400, ["400 credits added"],
    ),
    "a payment page that closed": Case(
        HOURLY, _paid_and_forgotten, "billing_purchase", "NEW.status = 'paid'",
        lambda shop: shop.available, 0, 400, ["400 credits added"],
    ),
    "the nightly proof": Case(
        NIGHTLY, _nothing, "billing_reconciliation", "NEW.finished_at IS NOT NULL",
        lambda _: Reconciliation.objects.exclude(finished_at=None).exists(), False, True, [],
    ),
}  # fmt: skip


@pytest.fixture
def shop(
    transactional_db: None,
    workspace: Workspace,
    alice: User,
    operator: User,
    stripe: Stripe,
    bought: Callable[..., Purchase],
) -> Shop:
    return Shop(workspace, alice, operator, stripe, bought)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_done_with_its_commit_or_not_at_all_and_told_once(shop: Shop, case: Case):
    case.arrange(shop)
    mail.outbox.clear()
    with worker.refused_commits(case.table, case.condition):
        worker.sweep(case.task)
        assert (case.done(shop), [letter.body for letter in mail.outbox]) == (case.before, [])
        assert letters.posted() == []
    case.again()
    worker.sweep(case.task)
    assert case.done(shop) == case.after
    told = [letter.body for letter in mail.outbox]
    assert len(told) == len(case.told), told
    assert all(words in body for words, body in zip(case.told, told, strict=True)), told
    worker.sweep(case.task)
    assert (case.done(shop), len(mail.outbox)) == (case.after, len(case.told))
