import pytest

from billing import ledger
from billing.errors import HoldExhausted, LedgerConflict, UnknownReference
from billing.ledger.balance import Balance
from billing.models.ledger import Hold


@pytest.fixture
def held(workspace, fund):
    """Four of ten credits are held."""
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    return "generation:1"


def test_what_is_delivered_is_used_and_the_rest_comes_back(held, have):
    for index in range(3):
        assert ledger.capture(held, 1, key=f"g1:{index}:capture", about=f"image:{index}")
    assert have() == Balance(available=6, held=1)
    assert ledger.release(held, key="g1:end:release", reason="One image was withheld") == 1
    assert have() == Balance(available=7)
    hold = Hold.objects.get(reference=held)
    assert (hold.captured, hold.released, hold.remaining) == (3, 1, 0)
    assert hold.ended_at is not None


def test_a_hold_that_is_used_up_has_ended(held, have):
    assert ledger.capture(held, 4, key="g1:0:capture", about="image:0")
    hold = Hold.objects.get(reference=held)
    assert (hold.remaining, hold.ended_at is not None) == (0, True)
    assert have() == Balance(available=6)


def test_an_image_is_used_once(held, have):
    assert ledger.capture(held, 1, key="g1:0:capture", about="image:0")
    assert not ledger.capture(held, 1, key="g1:0:capture", about="image:0")
    assert have() == Balance(available=6, held=3)


def test_a_used_key_with_other_content_is_an_error(held, have):
    ledger.capture(held, 1, key="g1:0:capture", about="image:0")
    with pytest.raises(LedgerConflict):
        ledger.capture(held, 2, key="g1:0:capture", about="image:0")
    with pytest.raises(LedgerConflict):
        ledger.release(held, 1, key="g1:0:capture", about="image:0")
    assert have() == Balance(available=6, held=3)


def test_nothing_is_used_beyond_the_hold(held, have):
    with pytest.raises(HoldExhausted):
        ledger.capture(held, 5, key="g1:0:capture", about="image:0")
    with pytest.raises(HoldExhausted):
        ledger.release(held, 5, key="g1:0:release")
    assert have() == Balance(available=6, held=4)


def test_an_ended_hold_stays_ended(held, have):
    ledger.release(held, key="g1:end:release")
    with pytest.raises(HoldExhausted):
        ledger.capture(held, 1, key="g1:0:capture", about="image:0")
    assert ledger.release(held, key="another key") == 0
    assert have() == Balance(available=10)


def test_a_release_said_twice_answers_the_same(held, have):
    assert ledger.release(held, 1, key="g1:2:release", about="image:2") == 1
    assert ledger.release(held, 1, key="g1:2:release", about="image:2") == 1
    assert ledger.release(held, key="g1:end:release") == 3
    assert ledger.release(held, key="g1:end:release") == 3
    assert have() == Balance(available=10)


def test_a_hold_that_never_was_is_unknown(workspace, have):
    with pytest.raises(UnknownReference):
        ledger.capture("generation:9", 1, key="k", about="image:0")
    with pytest.raises(UnknownReference):
        ledger.release("generation:9", key="k")
    assert have() == Balance()


def test_what_comes_back_pays_a_debt(held, workspace, have):
    ledger.reverse(workspace, 9, key="re_1", reference="refund:1", reason="Refund")
    assert have() == Balance(held=4, debt=3)
    ledger.release(held, key="g1:end:release")
    assert have() == Balance(available=1)
