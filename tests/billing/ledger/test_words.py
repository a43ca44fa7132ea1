"""What the ledger writes beside the amounts, and what it does at the edges: exactly as much as there is, twice, partly."""

import pytest
from django.db import IntegrityError, transaction

from billing import ledger
from billing.errors import (
    HoldExhausted,
    InDebt,
    InsufficientCredits,
    LedgerConflict,
    TokenCapReached,
    UnknownReference,
)
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models.ledger import Hold, Transfer


def last(workspace, *fields):
    """Fields of the newest transfer."""
    return Transfer.objects.filter(workspace=workspace).order_by("-id").values_list(*fields).first()


def test_a_debt_is_paid_in_parts_and_each_part_is_written_down(workspace, have):
    ledger.reverse(workspace, 10, key="re", reference="refund:1", reason="Refund")
    ledger.grant(workspace, 4, key="g1", reference="x")
    assert have() == Balance(debt=6)
    assert last(workspace, "kind", "amount", "key", "reference", "available_after") == (
        "settle",
        4,
        "g1:settle",
        "x",
        0,
    )
    ledger.grant(workspace, 9, key="g2", reference="x")
    assert have() == Balance(available=3)
    assert last(workspace, "kind", "amount", "available_after") == ("settle", 6, 3)


def test_a_single_credit_moves_as_many_do(workspace, fund, have):
    ledger.reverse(workspace, 2, key="re", reference="x", reason="")
    ledger.grant(workspace, 1, key="g1", reference="x")
    assert have() == Balance(debt=1)
    ledger.write_off(workspace, 1, key="w", reason="", actor=None)
    ledger.grant(workspace, 2, key="g2", reference="x")
    assert ledger.freeze(workspace, 1, reference="dispute:1", reason="") == 1
    assert ledger.release("dispute:1", key="thaw") == 1
    ledger.hold(workspace, 1, reference="generation:1")
    assert ledger.release("generation:1", 1, key="r") == 1
    ledger.adjust(workspace, -1, key="a", reason="", actor=None)
    assert ledger.reverse(workspace, 2, key="re2", reference="x", reason="") == ledger.Reversal(1, 1)
    assert have() == Balance(debt=1)
    assert Transfer.objects.filter(workspace=workspace).count() == 12


def test_who_and_why_is_written_with_each_verb(workspace, fund, alice, token):
    said = ("reason", "actor_id", "reference")
    ledger.grant(workspace, 30, key="g", reference="gift", reason="Hello", actor=alice)
    assert last(workspace, *said) == ("Hello", alice.pk, "gift")
    ledger.adjust(workspace, 3, key="a", reason="Up", actor=alice)
    assert last(workspace, *said) == ("Up", alice.pk, f"workspace:{workspace.pk}")
    ledger.adjust(workspace, -3, key="b", reason="Down", actor=alice)
    assert last(workspace, *said) == ("Down", alice.pk, f"workspace:{workspace.pk}")
    ledger.hold(workspace, 8, reference="generation:1", actor=alice, token=token)
    assert last(workspace, *said, "token_id", "key") == (
        "",
        alice.pk,
        "generation:1",
        token.pk,
        "hold:generation:1",
    )
    ledger.capture("generation:1", 2, key="c", about="image:1", reason="Delivered")
    assert last(workspace, *said, "token_id") == ("Delivered", alice.pk, "image:1", token.pk)
    ledger.release("generation:1", 2, key="r", about="image:2", reason="Failed")
    assert last(workspace, *said, "token_id") == ("Failed", alice.pk, "image:2", token.pk)
    ledger.release("generation:1", key="end", reason="Not used")
    assert last(workspace, *said, "amount") == ("Not used", alice.pk, "generation:1", 4)
    ledger.freeze(workspace, 5, reference="dispute:1", reason="Disputed", actor=alice)
    assert last(workspace, *said, "key") == ("Disputed", alice.pk, "dispute:1", "hold:dispute:1")
    assert Hold.objects.get(reference="dispute:1").actor_id == alice.pk
    ledger.reverse(workspace, 40, key="re", reference="purchase:1", reason="Refund", actor=alice)
    for key in ("re", "re:debt"):
        assert Transfer.objects.values_list(*said).get(key=key) == ("Refund", alice.pk, "purchase:1")
    ledger.write_off(workspace, 1, key="w", reason="Forgiven", actor=alice)
    assert last(workspace, *said) == ("Forgiven", alice.pk, f"workspace:{workspace.pk}")
    ledger.restore(workspace, "re", reason="It failed", actor=alice)
    restored = Transfer.objects.get(key="restore:re")
    assert (restored.reason, restored.actor_id, restored.reference, restored.amount) == (
        "It failed",
        alice.pk,
        "purchase:1",
        40,
    )
    settled = Transfer.objects.get(key="restore:re:settle")
    assert (settled.reason, settled.actor_id, settled.hold_id, settled.token_id) == ("", alice.pk, None, None)


def test_exactly_what_there_is_can_be_held_taken_away_written_off_and_used(workspace, fund, have):
    fund(workspace, 10)
    ledger.hold(workspace, 4, reference="generation:1")
    ledger.capture("generation:1", 4, key="c", about="image:1")
    ledger.hold(workspace, 3, reference="generation:2")
    ledger.release("generation:2", 3, key="r")
    ledger.adjust(workspace, -6, key="a", reason="", actor=None)
    assert have() == Balance()
    ledger.reverse(workspace, 5, key="re", reference="x", reason="")
    ledger.write_off(workspace, 5, key="w", reason="", actor=None)
    assert have() == Balance()
    assert set(Hold.objects.values_list("ended_at__year", flat=True)) != {None}
    assert not Hold.objects.filter(ended_at=None).exists()


def test_a_hold_that_is_used_in_part_stays_open(workspace, fund):
    fund(workspace, 10)
    ledger.hold(workspace, 6, reference="generation:1")
    ledger.capture("generation:1", 2, key="c", about="image:1")
    ledger.release("generation:1", 3, key="r", about="image:2")
    assert Hold.objects.values_list("captured", "released", "ended_at").get() == (2, 3, None)
    ledger.capture("generation:1", 1, key="d", about="image:3")
    assert Hold.objects.get().ended_at is not None


def test_a_token_may_commit_exactly_its_cap_and_one_without_a_cap_anything(workspace, fund, token):
    fund(workspace, 100)
    ledger.hold(workspace, 10, reference="generation:1", token=token)
    with pytest.raises(TokenCapReached):
        ledger.hold(workspace, 1, reference="generation:2", token=token)
    token.credit_cap = None
    token.save(update_fields=["credit_cap"])
    ledger.hold(workspace, 50, reference="generation:3", token=token)
    token.refresh_from_db()
    assert token.credits_committed == 60


def test_a_debt_beside_nothing_available_is_told_as_a_debt(workspace, fund):
    fund(workspace, 2)
    ledger.reverse(workspace, 3, key="re", reference="x", reason="")
    with pytest.raises(InDebt) as refused:
        ledger.hold(workspace, 50, reference="generation:1")
    assert refused.value.extra == {"debt": 1}


SAME = {
    "another workspace": {"workspace": "other"},
    "another amount": {"credits": 4},
    "another reference": {"reference": "elsewhere"},
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
@pytest.mark.parametrize("verb", ["grant", "reverse", "give_back"])
def test_a_key_that_was_used_for_something_else_is_an_error(
    workspace, other_workspace, fund, have, verb, change
):
    fund(workspace, 10)
    what = {"workspace": workspace, "credits": 3, "key": "k", "reference": "r", "reason": "x"}
    getattr(ledger, verb)(**what)
    before = have()
    changed = {**what, **change}
    if changed["workspace"] == "other":
        changed["workspace"] = other_workspace
    with pytest.raises(LedgerConflict):
        getattr(ledger, verb)(**changed)
    assert have() == before
    assert Transfer.objects.count() == 2


def test_a_key_is_one_verbs_alone(workspace, fund, have):
    fund(workspace, 50)
    ledger.grant(workspace, 3, key="k", reference=f"workspace:{workspace.pk}")
    ledger.hold(workspace, 20, reference="generation:1")
    for work in (
        lambda: ledger.adjust(workspace, 3, key="k", reason="", actor=None),
        lambda: ledger.adjust(workspace, -3, key="k", reason="", actor=None),
        lambda: ledger.sell(workspace, 3, key="k", reference=f"workspace:{workspace.pk}"),
        lambda: ledger.write_off(workspace, 3, key="k", reason="", actor=None),
        lambda: ledger.reverse(workspace, 3, key="k", reference=f"workspace:{workspace.pk}", reason=""),
        lambda: ledger.capture("generation:1", 3, key="k", about=f"workspace:{workspace.pk}"),
        lambda: ledger.release("generation:1", 3, key="k", about=f"workspace:{workspace.pk}"),
    ):
        with pytest.raises(LedgerConflict):
            work()
    assert have() == Balance(available=33, held=20)


def test_a_reversal_for_another_account_or_amount_is_not_the_same(workspace, fund, have):
    fund(workspace, 2)
    ledger.reverse(workspace, 5, key="re", reference="x", reason="")
    assert ledger.reverse(workspace, 5, key="re", reference="x", reason="") == ledger.Reversal(2, 3)
    for change in ({"target": "disputed"}, {"credits": 4}, {"credits": 6}):
        with pytest.raises(LedgerConflict):
            ledger.reverse(workspace, **{"credits": 5, "key": "re", "reference": "x", "reason": "", **change})
    assert have() == Balance(debt=3)


def test_a_reversal_is_undone_once_whole_and_only_in_its_own_workspace(
    workspace, other_workspace, fund, have
):
    fund(workspace, 2)
    ledger.reverse(workspace, 5, key="re", reference="x", reason="", target="disputed")
    with pytest.raises(UnknownReference):
        ledger.restore(other_workspace, "re", reason="")
    with pytest.raises(UnknownReference):
        ledger.restore(workspace, "re:made", reason="")
    assert [ledger.restore(workspace, "re", reason="") for _ in range(2)] == [5, 5]
    assert have() == Balance(available=2)
    assert Transfer.objects.filter(kind="restore").values_list("source", "amount").get() == ("disputed", 5)


def test_only_a_reversal_can_be_undone(workspace, fund, have):
    ledger.grant(workspace, 5, key="g", reference="x")
    with pytest.raises(UnknownReference):
        ledger.restore(workspace, "g", reason="")
    assert have() == Balance(available=5)


def test_freezing_takes_what_there_is_once_and_asks_nobody(workspace, other_workspace, fund, have):
    fund(workspace, 10)
    assert ledger.freeze(workspace, 4, reference="dispute:1", reason="") == 4
    assert ledger.freeze(workspace, 4, reference="dispute:1", reason="") == 4
    assert ledger.freeze(workspace, 9, reference="dispute:2", reason="") == 6
    assert ledger.freeze(workspace, 9, reference="dispute:3", reason="") == 0
    assert have() == Balance(held=10)
    assert last(workspace, "amount", "available_after") == (6, 0)
    assert Hold.objects.count() == 2
    assert ledger.freeze(other_workspace, 9, reference="dispute:4", reason="") == 0


def test_another_workspaces_freeze_is_not_answered_as_this_ones(workspace, other_workspace, fund):
    for each in (workspace, other_workspace):
        fund(each, 10)
    ledger.freeze(other_workspace, 4, reference="dispute:1", reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.freeze(workspace, 4, reference="dispute:1", reason="")
    assert balance.for_workspace(workspace) == Balance(available=10)


def test_a_release_that_is_repeated_answers_as_the_first_time(workspace, fund, have):
    fund(workspace, 10)
    ledger.hold(workspace, 6, reference="generation:1")
    assert [ledger.release("generation:1", 2, key="r1") for _ in range(2)] == [2, 2]
    assert [ledger.release("generation:1", key="r2") for _ in range(2)] == [4, 4]
    assert ledger.release("generation:1", key="r3") == 0
    with pytest.raises(HoldExhausted):
        ledger.release("generation:1", 1, key="r4")
    with pytest.raises(LedgerConflict):
        ledger.release("generation:1", 3, key="r1")
    assert have() == Balance(available=10)


def test_refusals_of_operators_verbs_say_how_much_there_is(workspace, fund):
    fund(workspace, 3)
    with pytest.raises(InsufficientCredits) as refused:
        ledger.adjust(workspace, -4, key="a", reason="", actor=None)
    assert refused.value.extra == {"available": 3, "needed": 4}
    ledger.reverse(workspace, 5, key="re", reference="x", reason="")
    with pytest.raises(InsufficientCredits) as refused:
        ledger.write_off(workspace, 3, key="w", reason="", actor=None)
    assert refused.value.extra == {"available": 2, "needed": 3}
    assert ledger.write_off(workspace, 1, key="w2", reason="", actor=None)
    assert not ledger.write_off(workspace, 1, key="w2", reason="", actor=None)


def test_whatever_happens_to_one_workspace_leaves_the_others_as_they_are(
    workspace, other_workspace, fund, token
):
    fund(workspace, 50)
    fund(other_workspace, 7)
    ledger.hold(other_workspace, 2, reference="generation:0")
    ledger.hold(workspace, 5, reference="generation:1", token=token)
    ledger.capture("generation:1", 1, key="c", about="image:1")
    ledger.release("generation:1", key="r")
    ledger.freeze(workspace, 5, reference="dispute:1", reason="")
    ledger.release("dispute:1", key="thaw")
    ledger.adjust(workspace, -9, key="a", reason="", actor=None)
    ledger.reverse(workspace, 60, key="re", reference="x", reason="")
    ledger.write_off(workspace, 3, key="w", reason="", actor=None)
    ledger.restore(workspace, "re", reason="")
    with pytest.raises(UnknownReference):
        ledger.capture("generation:2", 1, key="c2", about="image:2")
    with pytest.raises(UnknownReference):
        ledger.release("generation:2", key="r2")
    assert balance.for_workspace(other_workspace) == Balance(available=5, held=2)
