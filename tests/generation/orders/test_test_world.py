"""What an order in a test world may use of the live one, and the words that decide how it ends."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Workspace
from billing.errors import InsufficientCredits
from billing.ledger import balance
from billing.ledger.balance import Balance
from config.environment import ROOT
from core.errors import Refusal
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.catalog import magic_words
from generation.errors import InvalidOrder, ReferenceNotFound, StyleNotFound
from generation.lifecycle import claims
from generation.models import Generation, Reason, Reference
from generation.orders.order import Order
from generation.orders.preparation import quote_for
from generation.orders.submit import submit
from generation.styles import authoring, queries
from generation.styles.authoring import StyleContent

type MakeOrder = Callable[..., Order]


@pytest.fixture
def reference(funded: Workspace) -> Reference:
    return Reference.objects.create(
        workspace=funded,
        file="a.png",
        thumbnail="a.webp",
        format="png",
        width=8,
        height=8,
        size=1,
        sha256=b"1",
    )


def test_it_sends_styles_of_the_live_one_with_their_references(
    funded: Workspace, world: Workspace, order: MakeOrder, reference: Reference
):
    style = authoring.save(
        funded, None, StyleContent("{prompt}, calm", references=[reference.pk]), name="Calm"
    )
    assert style in queries.choices(world)
    generation = submit(world, order(style=style.pk), source="api")
    assert (generation.references, generation.sent_prompt) == ([reference.pk], "a red fox, calm")
    claimed = claims.claim(generation.images.get().pk)
    assert claimed
    assert (claimed.provider, claimed.inputs) == ("test", ("a.png",))


def test_references_of_either_are_not_there_in_the_other(
    funded: Workspace, world: Workspace, order: MakeOrder, reference: Reference
):
    with pytest.raises(ReferenceNotFound):
        submit(world, order(references=(reference.pk,)), source="api")
    Reference.objects.update(workspace=world)
    with pytest.raises(ReferenceNotFound):
        submit(funded, order(references=(reference.pk,)), source="api")
    assert not Generation.objects.exists()


def test_styles_of_the_test_world_are_not_there_in_the_live_one(
    funded: Workspace, world: Workspace, order: MakeOrder
):
    style = authoring.save(world, None, StyleContent("{prompt}, calm"), name="Calm")
    assert style not in queries.choices(funded)
    with pytest.raises(StyleNotFound):
        submit(funded, order(style=style.pk), source="api")


def test_there_is_a_word_for_each_reason_of_an_image():
    assert set(Reason.values) - {Reason.CANCELED} == set(magic_words.IMAGES)


def test_the_document_has_every_word():
    page = (ROOT / "docs" / "api" / "test-world.md").read_text()
    assert set(re.findall(r"^\| `test:(\w+)", page, re.MULTILINE)) == set(magic_words.WORDS)


@pytest.mark.parametrize("word", magic_words.ORDERS)
def test_a_word_refuses_the_order_with_the_error_of_that_name(word: str, world: Workspace, order: MakeOrder):
    asked = order(f"a fox test:{word}")
    assert quote_for(world, asked).credits == 1
    with pytest.raises(Refusal) as refused:
        submit(world, asked, source="api")
    assert refused.value.code == word
    assert refused.value.status >= 400
    assert "Nothing was charged" in refused.value.detail
    assert balance.for_workspace(world) == Balance(1_000)


def test_a_word_in_a_row_refuses_the_batch(world: Workspace, order: MakeOrder):
    rows = [ParsedRow("a fox"), ParsedRow("a hare test:insufficient_credits")]
    batch = drafts.create(world, rows, common={"model": order().model})
    with pytest.raises(InsufficientCredits):
        transitions.start(batch)
    assert balance.for_workspace(world) == Balance(1_000)


def test_an_unknown_word_is_refused_with_a_list_of_them(world: Workspace, order: MakeOrder):
    with pytest.raises(InvalidOrder) as refused:
        quote_for(world, order("a fox test:boom"))
    assert "test:boom" in refused.value.detail
    for word in magic_words.WORDS:
        assert f"test:{word}" in refused.value.detail


@pytest.mark.parametrize("words", ["test:boom", "test:timeout", "test:insufficient_credits"])
def test_in_the_live_world_words_mean_nothing(
    words: str, funded: Workspace, order: MakeOrder, have: Callable[[], Any]
):
    assert submit(funded, order(words), source="api").status == "queued"
    assert have() == Balance(99, 1)
