"""What the credits of a purchase were used for, first in, first out."""

import random
from collections import defaultdict

import pytest

from billing import ledger
from billing.ledger import balance, consumption, lots
from billing.models import Purchase
from billing.refunds import refund
from billing.stripe.objects import RefundFacts


@pytest.fixture
def spend(workspace):
    """`spend("a", 3)` makes and charges an image."""

    def go(name, credits):
        ledger.hold(workspace, credits, reference=f"generation:{name}")
        ledger.capture(f"generation:{name}", credits, key=f"capture:{name}", about=f"image:{name}")

    return go


def used(purchase):
    return [(use.reference, use.credits) for use in consumption.for_purchase(purchase)]


def test_gifts_go_first_then_the_older_purchase(bought, fund, workspace, spend):
    fund(workspace, 5)
    first = bought()
    spend("a", 3)
    second = bought("growth")
    spend("b", 4)
    spend("c", 399)
    spend("d", 10)
    assert used(first) == [("image:b", 2), ("image:c", 398)]
    assert used(second) == [("image:c", 1), ("image:d", 10)]


def test_what_a_refund_took_was_not_used_by_what_came_later(bought, workspace, spend, operator):
    first = bought()
    spend("a", 150)
    refund.refund(first, credits=250, reason="Not needed", actor=operator)
    second = bought()
    spend("b", 20)
    assert used(first) == [("image:a", 150)]
    assert used(second) == [("image:b", 20)]


def test_what_was_used_stays_used_after_all_was_taken_back(bought, spend, operator, have):
    first = bought()
    spend("a", 150)
    refund.refund(first, whole=True, reason="Goodwill", actor=operator)
    second = bought()
    spend("b", 20)
    assert (used(first), have().available) == ([("image:a", 150)], 230)
    assert used(second) == [("image:b", 20)]


def test_what_is_set_aside_is_not_used(bought, workspace):
    purchase = bought()
    ledger.hold(workspace, 100, reference="generation:a")
    ledger.capture("generation:a", 1, key="c", about="image:a")
    ledger.release("generation:a", key="r")
    assert used(purchase) == [("image:a", 1)]


def test_what_a_refund_took_while_it_was_set_aside_was_not_used(bought, workspace, operator, have):
    first = bought()
    ledger.hold(workspace, 100, reference="generation:a")
    refund.refund(first, credits=350, reason="Goodwill", actor=operator)
    assert (have().held, have().debt) == (100, 50)
    ledger.capture("generation:a", 100, key="c", about="image:a")
    assert used(first) == [("image:a", 50)]  # the other 50 are owed


def test_what_came_back_is_used_once(bought, spend, operator, stripe):
    first = bought()
    spend("a", 200)
    second = bought()
    row = refund.refund(first, whole=True, reason="Goodwill", actor=operator)
    refund.sync_from_stripe(RefundFacts.read(stripe.do(f"refunds/{row.stripe_id}/fail")))
    spend("b", 300)
    assert used(first) == [("image:a", 200), ("image:b", 200)]
    assert used(second) == [("image:b", 100)]


@pytest.mark.tampers  # credits are sold without a purchase
@pytest.mark.parametrize("seed", range(5))
def test_a_capture_uses_what_its_lots_have_less_afterwards(  # noqa: C901, PLR0912 -- every kind of movement, in any order
    seed, workspace, operator
):
    dice = random.Random(seed)
    bought: list[Purchase] = []
    held: dict[str, int] = {}
    expected: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for step in range(60):
        kind = dice.choice(["sell", "grant", "hold", "use", "use", "use", "reverse", "back", "adjust"])
        have, before = balance.for_workspace(workspace).available, left(workspace)
        if kind == "sell":
            bought.append(Purchase(workspace=workspace))
            ledger.sell(workspace, dice.randint(1, 50), key=f"{step}", reference=bought[-1].reference)
        elif kind == "grant":
            ledger.grant(workspace, dice.randint(1, 9), key=f"{step}", reference=f"gift:{step}")
        elif kind == "hold" and have:
            held[f"generation:{step}"] = credits = dice.randint(1, have)
            ledger.hold(workspace, credits, reference=f"generation:{step}")
        elif kind == "use" and held:
            reference = dice.choice(sorted(held))
            credits = dice.randint(1, held[reference])
            ledger.capture(reference, credits, key=f"{step}", about=f"image:{step}")
            held[reference] -= credits
            if not held[reference]:
                del held[reference]
            for lot, was in before.items():
                if gone := was - left(workspace)[lot]:
                    expected[lot].append((f"image:{step}", gone))
        elif kind == "reverse" and bought:
            reference = dice.choice(bought).reference
            whole = sum(lot.credits for lot in lots.for_workspace(workspace) if lot.reference == reference)
            if whole:
                taken = dice.randint(1, whole)
                ledger.reverse(workspace, taken, key=f"{step}", reference=reference, reason="Refund")
        elif kind == "back" and bought:
            reference = dice.choice(bought).reference
            gone = lots.clawed_back(workspace, reference)
            if gone:
                ledger.give_back(
                    workspace, dice.randint(1, gone), key=f"{step}", reference=reference, reason="Failed"
                )
        elif kind == "adjust" and have:
            ledger.adjust(workspace, -1, key=f"{step}", reason="Fix", actor=operator)
    assert any(expected[purchase.reference] for purchase in bought)
    for purchase in bought:
        assert used(purchase) == expected[purchase.reference]


def left(workspace):
    return {
        lot.reference: lot.left
        for lot in lots.for_workspace(workspace)
        if lot.reference.startswith("purchase:")
    }
