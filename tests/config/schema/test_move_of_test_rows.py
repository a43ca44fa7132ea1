"""The migration that moves what test tokens had made into test worlds, from rows as the release before left them."""

from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken, Scope, Workspace
from accounts.worlds import worlds
from api.models import EventStream, EventType, IdempotencyKey, WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.webhooks import endpoints
from api.webhooks.publishing import publish
from billing.ledger import balance
from billing.models.ledger import Transfer, Wallet
from billing.reconciliation.invariants import violations
from gallery.models import Favorite
from generation.models import (
    Attempt,
    Batch,
    BatchRow,
    DailyTestImages,
    Event,
    Generation,
    Image,
    Reference,
)
from generation.orders.order import Order
from generation.orders.preparation import OrderPreparer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalog")]
MODEL = "gpt-image-2.5-flare"
FACTS: dict[str, Any] = {
    "file": "a.png", "thumbnail": "a.webp", "format": "png", "width": 8, "height": 8, "size": 1, "sha256": b"1",
}  # fmt: skip
MOVED = (
    ApiToken, Attempt, Batch, BatchRow, Event, Favorite, Generation, IdempotencyKey, Image, WebhookDelivery, WebhookEndpoint,
    WebhookEvent,
)  # fmt: skip
move = import_module("gallery.migrations.0006_test_worlds").move


@pytest.fixture
def references(workspace: Workspace) -> dict[str, Reference]:
    return {name: Reference.objects.create(workspace=workspace, **FACTS) for name in ("live", "test", "both")}


@pytest.fixture
def before(workspace, alice, references):
    """Rows of both modes in one workspace, as there were before test worlds; what test tokens made was free."""
    for is_test in (False, True):
        issue(workspace, alice, is_test=is_test)
        make(
            workspace, alice, [references["test" if is_test else "live"], references["both"]], is_test=is_test
        )
    DailyTestImages.objects.create(workspace=workspace, day=timezone.now().date(), images=1)


def issue(workspace, user, *, is_test):
    token = tokens.issue(workspace, name="A program", scopes=Scope.values, user=user)[0]
    ApiToken.objects.filter(pk=token.pk).update(is_test=is_test)


def make(workspace, user, references, *, is_test):
    batch = Batch.objects.create(workspace=workspace, is_test=is_test, name="Owls")
    row = BatchRow.objects.create(workspace=workspace, batch=batch, position=1, prompt="an owl")
    asked = Order("an owl", MODEL, references=tuple(one.pk for one in references))
    generation = OrderPreparer(workspace).freeze(asked)
    generation.is_test, generation.credits, generation.source = is_test, 0, "batch"
    generation.batch, generation.batch_row, generation.fingerprint = batch, row, b""
    generation.save(force_insert=True)
    image = Image.objects.create(workspace=workspace, generation=generation, index=0, credits=0)
    Attempt.objects.create(
        workspace=workspace, image=image, number=1, provider_id="test", model_id=MODEL, outcome="succeeded"
    )
    Event.objects.create(
        workspace=workspace, generation=generation, image=image, kind="image.stored", data={}
    )
    Favorite.objects.create(workspace=workspace, user=user, image=image)
    endpoints.register(workspace, "http://127.0.0.1:9/", ["*"], is_test=is_test)
    publish(workspace.pk, EventType.BATCH_FINISHED, [batch.pk], is_test=is_test)
    IdempotencyKey.objects.create(
        workspace=workspace, key="k", is_test=is_test, fingerprint=b"", locked_until=timezone.now()
    )


def test_everything_of_test_tokens_moves_and_nothing_else(before, workspace, references):
    move(None, None)
    world = worlds.find(workspace)
    assert world
    for model in MOVED:
        mine, tried = (model.objects.filter(workspace=one) for one in (workspace, world))
        assert (mine.count(), tried.count()) == (1, 1), model
        if hasattr(model, "is_test"):
            assert (mine.get().is_test, tried.get().is_test) == (False, True)
    assert DailyTestImages.objects.get().workspace == world
    assert {name: Reference.objects.get(pk=one.pk).workspace for name, one in references.items()} == {
        "live": workspace, "test": world, "both": workspace,
    }  # fmt: skip
    assert violations() == []


def test_the_world_has_its_first_credits(before, workspace):
    move(None, None)
    world = worlds.find(workspace)
    assert world
    assert (world.name, world.mode) == (workspace.name, "test")
    assert balance.for_workspace(world).available == 1_000
    (first,) = Transfer.objects.filter(workspace=world)
    assert (first.key, first.kind, first.available_after) == (f"test:{world.pk}:1", "grant", 1_000)
    assert Wallet.objects.get(workspace=world).last_transfer == first.pk


def test_events_of_the_world_go_on_behind_those_that_moved(before, workspace):
    move(None, None)
    world = worlds.find(workspace)
    publish(world.pk, EventType.BATCH_FINISHED, [Batch.objects.get(workspace=world).pk], is_test=True)
    assert EventStream.objects.get(workspace=world).last == 3
    assert list(world.webhook_events.order_by("sequence").values_list("sequence", flat=True)) == [2, 3]


def test_a_second_run_changes_nothing(before, workspace):
    for _ in range(2):
        move(None, None)
    assert Workspace.objects.filter(mode="test").count() == 1
    assert balance.for_workspace(worlds.find(workspace)).available == 1_000


def test_nobody_moves_a_generation_afterwards(before, workspace, other_workspace):
    move(None, None)
    for model in (Generation, Batch):
        with pytest.raises(IntegrityError, match="workspace"), transaction.atomic():
            model.objects.filter(workspace=workspace).update(workspace=other_workspace)


def test_where_no_test_token_was_nothing_is_made(workspace, alice):
    issue(workspace, alice, is_test=False)
    move(None, None)
    assert not Workspace.objects.filter(mode="test").exists()
