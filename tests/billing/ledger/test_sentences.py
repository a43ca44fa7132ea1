"""What the ledger says when it refuses, to the letter, and what it refuses before the tables would."""

import uuid

import pytest

from billing import ledger
from billing.errors import HoldExhausted, LedgerConflict, LedgerError, UnknownReference
from billing.ledger import database
from billing.models.ledger import Transfer

KEY, REFERENCE, REASON = "k" * 145, "r" * 80, "w" * 200

VERBS = {
    "grant": lambda workspace, key, reference, reason: ledger.grant(
        workspace, 1, key=key, reference=reference, reason=reason
    ),
    "sell": lambda workspace, key, reference, reason: ledger.sell(
        workspace, 1, key=key, reference=reference, reason=reason
    ),
    "freeze": lambda workspace, key, reference, reason: ledger.freeze(
        workspace, 1, reference=reference, reason=reason
    ),
    "capture": lambda workspace, key, reference, reason: ledger.capture(
        "held", 1, key=key, about=reference, reason=reason
    ),
    "release": lambda workspace, key, reference, reason: ledger.release(
        "held", 1, key=key, about=reference, reason=reason
    ),
    "release all": lambda workspace, key, reference, reason: ledger.release(
        "held", key=key, about=reference, reason=reason
    ),
    "reverse": lambda workspace, key, reference, reason: ledger.reverse(
        workspace, 1, key=key, reference=reference, reason=reason
    ),
    "give back": lambda workspace, key, reference, reason: ledger.give_back(
        workspace, 1, key=key, reference=reference, reason=reason
    ),
    "adjust up": lambda workspace, key, reference, reason: ledger.adjust(
        workspace, 1, key=key, reason=reason, actor=None
    ),
    "adjust down": lambda workspace, key, reference, reason: ledger.adjust(
        workspace, -1, key=key, reason=reason, actor=None
    ),
    "write off": lambda workspace, key, reference, reason: ledger.write_off(
        workspace, 1, key=key, reason=reason, actor=None
    ),
    "restore": lambda workspace, key, reference, reason: ledger.restore(workspace, key, reason=reason),
    "hold": lambda workspace, key, reference, reason: ledger.hold(workspace, 1, reference=reference),
}
NO_KEY = {"freeze", "hold"}
NO_REFERENCE = {"adjust up", "adjust down", "write off", "restore"}
NO_REASON = {"hold"}


@pytest.fixture
def held(workspace, fund):
    """Credits, some of them on the hold `held`, in a workspace that owes nothing."""
    fund(workspace, 100)
    ledger.hold(workspace, 10, reference="held")
    return workspace


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - NO_KEY))
@pytest.mark.parametrize("key", ["", KEY + "k"])
def test_a_key_has_1_to_145_characters(held, verb, key):
    before = Transfer.objects.count()
    with pytest.raises(ValueError, match=f"^The key must have 1 to 145 characters: '{key}'$"):
        VERBS[verb](held, key, "about", "")
    assert Transfer.objects.count() == before


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - NO_REFERENCE))
@pytest.mark.parametrize("reference", ["", REFERENCE + "r"])
def test_a_reference_has_1_to_80_characters(held, verb, reference):
    if verb.startswith("release") and not reference:
        pytest.skip("it then has the hold's own")
    before = Transfer.objects.count()
    with pytest.raises(ValueError, match=f"^The reference must have 1 to 80 characters: '{reference}'$"):
        VERBS[verb](held, "key", reference, "")
    assert Transfer.objects.count() == before


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - NO_REASON))
def test_a_reason_has_at_most_200_characters(held, verb):
    before = Transfer.objects.count()
    with pytest.raises(ValueError, match=f"^The reason must have at most 200 characters: '{REASON}w'$"):
        VERBS[verb](held, "key", "about", REASON + "w")
    assert Transfer.objects.count() == before


@pytest.mark.tampers  # nobody has paid for what is sold here
@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"write off", "restore"}))
def test_the_longest_are_taken(held, verb):
    before = Transfer.objects.count()
    VERBS[verb](held, KEY, REFERENCE, REASON)
    assert Transfer.objects.count() == before + 1


def test_the_longest_are_taken_of_debts_and_reversals_too(workspace):
    ledger.reverse(workspace, 2, key=KEY, reference=REFERENCE, reason=REASON)
    assert ledger.write_off(workspace, 1, key="w" * 145, reason=REASON, actor=None)
    assert ledger.restore(workspace, KEY, reason=REASON) == 2


@pytest.mark.parametrize("credits", [0, -1])
def test_amounts_are_positive(held, credits):
    with pytest.raises(ValueError, match=f"^The ledger moves positive amounts, not {credits}.$"):
        ledger.grant(held, credits, key="k", reference="r")
    with pytest.raises(ValueError, match=f"^The ledger moves positive amounts, not {credits}.$"):
        ledger.release("held", credits, key="k")


@pytest.mark.tampers  # nobody has paid for what is sold here
def test_nothing_is_said_where_no_reason_is_given(held):
    ledger.grant(held, 1, key="g", reference="r")
    ledger.sell(held, 1, key="s", reference="r")
    ledger.capture("held", 1, key="c", about="image:1")
    ledger.release("held", 1, key="r")
    ledger.release("held", key="rest")
    assert [*Transfer.objects.exclude(reference="test").values_list("reason", flat=True)] == [""] * 6


@pytest.mark.tampers  # nobody has paid for what is sold here
def test_who_freezes_sells_restores_and_gives_back_is_written_down(held, alice):
    def who():
        return Transfer.objects.filter(workspace=held).order_by("-id").values_list("actor_id", flat=True)[0]

    ledger.freeze(held, 1, reference="dispute:1", reason="", actor=alice)
    assert who() == alice.pk
    ledger.sell(held, 1, key="s", reference="r", actor=alice)
    assert who() == alice.pk
    ledger.reverse(held, 2, key="re", reference="r", reason="", actor=alice)
    assert who() == alice.pk
    ledger.give_back(held, 1, key="gb", reference="r", reason="", actor=alice)
    assert who() == alice.pk
    ledger.reverse(held, 2, key="re2", reference="r2", reason="")
    ledger.restore(held, "re2", reason="", actor=alice)
    assert who() == alice.pk


def conflict(words):
    return pytest.raises(LedgerConflict, match=f"^{words} was used before, with other content.$")


def test_the_same_key_with_other_content_is_named(held, other_workspace):
    ledger.grant(held, 1, key="g", reference="r")
    with conflict("g"):
        ledger.grant(held, 2, key="g", reference="r")
    ledger.reverse(held, 1, key="re", reference="r", reason="")
    with conflict("re"):
        ledger.reverse(held, 2, key="re", reference="r", reason="")
    ledger.adjust(held, -1, key="a", reason="", actor=None)
    with conflict("a"):
        ledger.adjust(held, -2, key="a", reason="", actor=None)
    with conflict("held"):
        ledger.hold(held, 9, reference="held")
    ledger.reverse(other_workspace, 3, key="debt", reference="r", reason="")
    ledger.write_off(other_workspace, 1, key="w", reason="", actor=None)
    with conflict("w"):
        ledger.write_off(other_workspace, 2, key="w", reason="", actor=None)


def unknown(words):
    return pytest.raises(UnknownReference, match=f"^The ledger does not know {words}.$")


def test_what_it_does_not_know_is_named(held):
    with unknown("nothing"):
        ledger.capture("nothing", 1, key="c", about="image:1")
    with unknown("nothing"):
        ledger.release("nothing", key="r")
    with unknown("nothing"):
        ledger.restore(held, "nothing", reason="")


def test_a_hold_with_too_little_is_named(held):
    said = "^The hold held has fewer credits left than that.$"
    with pytest.raises(HoldExhausted, match=said):
        ledger.capture("held", 11, key="c", about="image:1")
    with pytest.raises(HoldExhausted, match=said):
        ledger.release("held", 11, key="r")


def test_an_answer_that_nobody_knows_is_a_fault():
    error = database.error_for("odd", "generation:1")
    assert type(error) is LedgerError
    assert str(error) == "The ledger answered 'odd' about generation:1."


@pytest.mark.parametrize(
    ("outcome", "available", "debt", "sentence", "facts"),
    [
        (
            "insufficient", 1, 0,
            "This needs 1,200 credits, and 1 credit is available. Nothing was charged. Buy credits to continue.",
            {"available": 1, "needed": 1200},
        ),
        (
            "insufficient", 2, 0,
            "This needs 1,200 credits, and 2 credits are available. Nothing was charged. Buy credits to continue.",
            {"available": 2, "needed": 1200},
        ),
        (
            "in_debt", 0, 7,
            ("This workspace owes 7 credits for a refund or a disputed payment. Nothing was charged. "
            "Buy credits to pay it and continue."),
            {"debt": 7},
        ),
        (
            "token_cap", 5000, 0,
            ("This token can't spend 1,200 credits more: its own cap is reached. Nothing was "
            "charged. Raise the token's cap or use another token."),
            {},
        ),
        (
            "suspended", 5000, 0,
            "This workspace is suspended: you can view its images, but not spend credits. Nothing was charged. Please contact us.",
            {},
        ),
    ],
)  # fmt: skip
def test_who_may_not_hold_is_told_why(outcome, available, debt, sentence, facts):
    refusal = database.refusal_for(outcome, 1200, available, debt)
    assert refusal is not None
    assert (refusal.detail, refusal.extra) == (sentence, facts)


def test_a_fault_is_no_refusal():
    assert database.refusal_for("conflict", 1, 0, 0) is None


def test_operators_are_told_how_much_there_is(workspace, fund):
    ledger.reverse(workspace, 2, key="re", reference="r", reason="")
    with pytest.raises(ledger.InsufficientCredits) as caught:
        ledger.write_off(workspace, 3, key="w", reason="", actor=None)
    assert caught.value.detail == "The debt is 2 credits. Nothing was changed."
    assert caught.value.extra == {"available": 2, "needed": 3}
    fund(workspace, 3)
    with pytest.raises(ledger.InsufficientCredits) as caught:
        ledger.adjust(workspace, -2, key="a", reason="", actor=None)
    assert caught.value.detail == "Only 1 credit can be taken away. Nothing was changed."
    assert caught.value.extra == {"available": 1, "needed": 2}


def test_a_hold_is_named_by_an_id(held):
    assert isinstance(ledger.hold(held, 1, reference="another"), uuid.UUID)
