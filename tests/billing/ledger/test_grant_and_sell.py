import pytest

from billing import ledger
from billing.errors import LedgerConflict
from billing.ledger.balance import Balance


def test_a_first_grant_makes_the_wallet(workspace, have):
    assert have() == Balance()
    assert ledger.grant(workspace, 5, key="signup:a", reference="user:a", reason="Welcome")
    assert have() == Balance(available=5)


def test_the_same_key_gives_once(workspace, have):
    assert ledger.grant(workspace, 5, key="signup:a", reference="user:a")
    assert not ledger.grant(workspace, 5, key="signup:a", reference="user:a")
    assert have() == Balance(available=5)


@pytest.mark.parametrize(
    ("credits", "reference"), [(6, "user:a"), (5, "user:b")], ids=["other amount", "other reference"]
)
def test_the_same_key_with_other_content_is_an_error_and_moves_nothing(workspace, have, credits, reference):
    ledger.grant(workspace, 5, key="signup:a", reference="user:a")
    with pytest.raises(LedgerConflict):
        ledger.grant(workspace, credits, key="signup:a", reference=reference)
    assert have() == Balance(available=5)


def test_the_same_key_for_another_workspace_is_an_error(workspace, other_workspace, have):
    ledger.grant(workspace, 5, key="signup:a", reference="user:a")
    with pytest.raises(LedgerConflict):
        ledger.grant(other_workspace, 5, key="signup:a", reference="user:a")


@pytest.mark.tampers
def test_what_is_bought_pays_the_debt_first(workspace, have):
    ledger.reverse(workspace, 30, key="re_1", reference="refund:1", reason="Refund")
    assert have() == Balance(debt=30)
    ledger.sell(workspace, 100, key="pi_1", reference="purchase:1")
    assert have() == Balance(available=70)


@pytest.mark.parametrize("credits", [0, -1])
def test_nothing_and_less_than_nothing_can_not_be_given(workspace, have, credits):
    with pytest.raises(ValueError, match="positive"):
        ledger.grant(workspace, credits, key="k", reference="r")
    assert have() == Balance()


def test_too_long_a_key_is_refused_before_it_reaches_the_database(workspace, have):
    with pytest.raises(ValueError, match="key"):
        ledger.grant(workspace, 5, key="k" * 151, reference="r")
    assert have() == Balance()
