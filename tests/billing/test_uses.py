"""What the credits of a purchase were used for, first in, first out."""

import random

import pytest

from billing import ledger, lots, refund, uses


@pytest.fixture
def spend(workspace):
    """`spend("a", 3)` makes and charges an image."""

    def go(name, credits):
        ledger.hold(workspace, credits, reference=f"generation:{name}")
        ledger.capture(f"generation:{name}", credits, key=f"capture:{name}", about=f"image:{name}")

    return go


def used(purchase):
    return [(use.reference, use.credits) for use in uses.of(purchase)]


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


@pytest.mark.tampers  # credits are sold without a purchase
@pytest.mark.parametrize("seed", range(3))
def test_what_is_left_is_what_the_lots_say(  # noqa: C901 -- every kind of movement, in any order
    seed, workspace, operator
):
    dice = random.Random(seed)
    bought: list[str] = []
    for step in range(40):
        kind = dice.choice(["sell", "grant", "use", "use", "use", "reverse", "back", "adjust"])
        have = sum(lot.left for lot in lots.of(workspace))
        if kind == "sell":
            bought.append(f"purchase:{step}")
            ledger.sell(workspace, dice.randint(1, 50), key=f"{step}", reference=bought[-1])
        elif kind == "grant":
            ledger.grant(workspace, dice.randint(1, 9), key=f"{step}", reference=f"gift:{step}")
        elif kind == "use" and have:
            credits = dice.randint(1, have)
            ledger.hold(workspace, credits, reference=f"generation:{step}")
            ledger.capture(f"generation:{step}", credits, key=f"{step}", about=f"image:{step}")
        elif kind == "reverse" and bought:
            reference = dice.choice(bought)
            whole = sum(lot.credits for lot in lots.of(workspace) if lot.reference == reference)
            if whole:
                taken = dice.randint(1, whole)
                ledger.reverse(workspace, taken, key=f"{step}", reference=reference, reason="Refund")
        elif kind == "back" and bought:
            reference = dice.choice(bought)
            gone = lots.taken_back(workspace, reference)
            if gone:
                ledger.give_back(
                    workspace, dice.randint(1, gone), key=f"{step}", reference=reference, reason="Failed"
                )
        elif kind == "adjust" and have:
            ledger.adjust(workspace, -1, key=f"{step}", reason="Fix", actor=operator)
    expected: dict[str, int] = {}
    for lot in lots.of(workspace):
        expected[lot.reference] = expected.get(lot.reference, 0) + lot.left
    assert nonzero(uses.left(workspace)) == nonzero(expected)


def nonzero(numbers):
    return {name: number for name, number in numbers.items() if number}
