import pytest

from billing import ledger
from billing.errors import InsufficientCredits, LedgerConflict, UnknownReference
from billing.ledger import Reversal
from billing.ledger.balance import Balance


@pytest.mark.parametrize(("had", "taken", "debt"), [(100, 60, 0), (60, 60, 0), (20, 20, 40), (0, 0, 60)])
def test_available_credits_go_first_and_the_rest_is_debt(workspace, fund, have, had, taken, debt):
    if had:
        fund(workspace, had)
    for _ in range(2):
        reversal = ledger.reverse(workspace, 60, key="re_1", reference="refund:1", reason="Refund")
        assert reversal == Reversal(taken, debt)
        assert have() == Balance(available=had - taken, debt=debt)


@pytest.mark.parametrize("had", [100, 20, 0])
def test_restoring_undoes_it_once(workspace, fund, have, had):
    if had:
        fund(workspace, had)
    ledger.reverse(workspace, 60, key="re_1", reference="refund:1", reason="Refund")
    for _ in range(2):
        assert ledger.restore(workspace, "re_1", reason="The refund failed") == 60
        assert have() == Balance(available=had)


def test_restoring_after_the_debt_was_paid_gives_credits(workspace, fund, have):
    ledger.reverse(workspace, 60, key="re_1", reference="refund:1", reason="Refund")
    fund(workspace, 100)
    assert have() == Balance(available=40)
    ledger.restore(workspace, "re_1", reason="The refund failed")
    assert have() == Balance(available=100)


def test_only_a_reversal_of_this_workspace_is_restored(workspace, other_workspace, fund, have):
    fund(other_workspace, 10)
    ledger.reverse(other_workspace, 10, key="re_1", reference="refund:1", reason="Refund")
    for key in ("re_1", "re_2"):
        with pytest.raises(UnknownReference):
            ledger.restore(workspace, key, reason="?")
    assert have() == Balance()


def test_the_same_reversal_with_other_content_is_an_error(workspace, fund, have):
    fund(workspace, 10)
    ledger.reverse(workspace, 10, key="re_1", reference="refund:1", reason="Refund")
    for credits, target in ((9, "refunded"), (10, "disputed")):
        with pytest.raises(LedgerConflict):
            ledger.reverse(workspace, credits, key="re_1", reference="refund:1", reason="", target=target)
    assert have() == Balance()


def test_an_operator_corrects_up_and_down_but_not_below_zero(workspace, have, operator):
    assert ledger.adjust(workspace, 10, key="a:1", reason="Goodwill", actor=operator)
    assert not ledger.adjust(workspace, 10, key="a:1", reason="Goodwill", actor=operator)
    assert ledger.adjust(workspace, -4, key="a:2", reason="Mistake", actor=operator)
    assert not ledger.adjust(workspace, -4, key="a:2", reason="Mistake", actor=operator)
    with pytest.raises(InsufficientCredits):
        ledger.adjust(workspace, -7, key="a:3", reason="Mistake", actor=operator)
    assert have() == Balance(available=6)


def test_an_operator_gives_up_a_debt_but_not_more_than_it_is(workspace, have, operator):
    ledger.reverse(workspace, 10, key="re_1", reference="refund:1", reason="Refund")
    for _ in range(2):
        ledger.write_off(workspace, 4, key="w:1", reason="Small", actor=operator)
    with pytest.raises(InsufficientCredits):
        ledger.write_off(workspace, 7, key="w:2", reason="Small", actor=operator)
    assert have() == Balance(debt=6)


@pytest.mark.parametrize(("had", "frozen"), [(100, 60), (20, 20), (0, 0)])
def test_freezing_takes_what_there_is(workspace, fund, have, had, frozen):
    if had:
        fund(workspace, had)
    for _ in range(2):
        assert ledger.freeze(workspace, 60, reference="dispute:dp_1", reason="Disputed") == frozen
    assert have() == Balance(available=had - frozen, held=frozen)
