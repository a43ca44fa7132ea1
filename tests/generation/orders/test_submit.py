"""Ordering: all or nothing, once, at the quoted price; a refusal moves nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope, User, Workspace
from accounts.workspaces import workspaces
from billing.errors import InsufficientCredits, TokenCapReached, WorkspaceSuspended
from billing.ledger import balance
from billing.ledger.balance import Balance
from core.errors import KeyReused, Refusal
from generation.errors import (
    InvalidOrder,
    MaxCreditsExceeded,
    ModelNotFound,
    ModelRetired,
    ModelUnavailable,
    ReferenceNotFound,
)
from generation.models import Event, Generation, Image, ImageModel, ModelPreference, Reference
from generation.orders.order import Order
from generation.orders.preparation import quote_for
from generation.orders.submit import submit

type MakeOrder = Callable[..., Order]
UNKNOWN = "01a202d5-01b8-733f-acef-ccf689a5a913"

REFUSED: dict[str, tuple[dict[str, Any], type[Refusal], str]] = {
    "empty prompt": ({"prompt": ""}, InvalidOrder, "prompt"),
    "blank prompt": ({"prompt": " \n\t"}, InvalidOrder, "prompt"),
    "long prompt": ({"prompt": "x" * 32_001}, InvalidOrder, "prompt"),
    "NUL": ({"prompt": "a\0b"}, InvalidOrder, "prompt"),
    "lost on the way": ({"prompt": "a \N{REPLACEMENT CHARACTER} b"}, InvalidOrder, "prompt"),
    "half a surrogate pair": ({"prompt": "a\ud800"}, InvalidOrder, "prompt"),
    "no image": ({"n": 0}, InvalidOrder, "n"),
    "nine images": ({"n": 9}, InvalidOrder, "n"),
    "no such model": ({"model": "gpt-image-9"}, ModelNotFound, "model"),
    "retired model": ({"model": "gpt-image-1"}, ModelRetired, "model"),
    "off the grid": ({"size": "1000x1000"}, InvalidOrder, "size"),
    "too large": ({"size": "3840x3840"}, InvalidOrder, "size"),
    "too narrow": ({"size": "3840x640"}, InvalidOrder, "size"),
    "too small": ({"size": "512x512"}, InvalidOrder, "size"),
    "no size": ({"size": "large"}, InvalidOrder, "size"),
    "endless size": ({"size": "9" * 5000 + "x1"}, InvalidOrder, "size"),
    "quality of another model": ({"model": "gpt-image-2", "quality": "max"}, InvalidOrder, "quality"),
    "no such format": ({"output_format": "svg"}, InvalidOrder, "output_format"),
    "transparent jpeg": ({"background": "transparent", "output_format": "jpeg"}, InvalidOrder, "background"),
    "transparent where it can't": (
        {"model": "gpt-image-2", "background": "transparent"},
        InvalidOrder,
        "background",
    ),
    "compressed png": ({"output_compression": 50}, InvalidOrder, "output_compression"),
    "compression 101": (
        {"output_format": "webp", "output_compression": 101},
        InvalidOrder,
        "output_compression",
    ),
    "no such moderation": ({"moderation": "off"}, InvalidOrder, "moderation"),
    "five partial pictures": ({"partials": 5}, InvalidOrder, "partial_images"),
    "reference of nobody": ({"references": (UNKNOWN,)}, ReferenceNotFound, "references"),
    "seventeen references": ({"references": (UNKNOWN,) * 17}, InvalidOrder, "references"),
    "mask alone": ({"mask": UNKNOWN}, InvalidOrder, "mask"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_made_is_refused_and_nothing_moves(
    name: str, funded: Workspace, order: MakeOrder, have: Callable[[], Balance]
):
    options, kind, param = REFUSED[name]
    for ask in (
        lambda: submit(funded, order(**options), source="api"),
        lambda: quote_for(funded, order(**options)),
    ):
        with pytest.raises(kind) as refusal:
            ask()
        assert refusal.value.param == param
    assert have() == Balance(available=100)
    assert not Generation.objects.exists()
    assert not Event.objects.exists()


def test_too_few_credits_leave_nothing_behind(
    funded: Workspace, order: MakeOrder, have: Callable[[], Balance]
):
    submit(funded, order(quality="max", size="2048x2048", n=4), source="api")
    with pytest.raises(InsufficientCredits) as refusal:
        submit(funded, order(quality="max", n=2), source="api")
    assert refusal.value.extra["needed"] == 22
    assert have() == Balance(available=12, held=88)
    assert Generation.objects.count() == 1


def test_it_costs_what_was_quoted(funded: Workspace, order: MakeOrder, have: Callable[[], Balance]):
    asked = order(quality="high", size="2048x2048", n=2)
    quote = quote_for(funded, asked)
    generation = submit(funded, asked, source="api")
    assert quote.credits == generation.credits == 12
    assert generation.quote == quote.as_json()
    assert have() == Balance(available=88, held=12)


def test_the_same_key_is_the_same_request(funded: Workspace, order: MakeOrder, have: Callable[[], Balance]):
    first = submit(funded, order(), source="api", request_key="k")
    assert submit(funded, order(), source="api", request_key="k").pk == first.pk
    with pytest.raises(KeyReused):
        submit(funded, order("another fox"), source="api", request_key="k")
    assert have() == Balance(available=99, held=1)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_ten_times_at_once_is_one_request(
    funded: Workspace, order: MakeOrder, have: Callable[[], Balance]
):
    def go(_: int) -> Any:
        try:
            return submit(funded, order(), source="api", request_key="k").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(go, range(10)))) == 1
    assert have() == Balance(available=99, held=1)
    assert Image.objects.count() == 1


def test_a_ceiling_is_kept(funded: Workspace, order: MakeOrder, have: Callable[[], Balance]):
    with pytest.raises(MaxCreditsExceeded):
        submit(funded, order(n=4), source="api", max_credits=3)
    assert submit(funded, order(n=3), source="api", max_credits=3).credits == 3


def test_rolled_back_it_never_was(funded: Workspace, order: MakeOrder, have: Callable[[], Balance]):
    with transaction.atomic():
        submit(funded, order(), source="api")
        transaction.set_rollback(True)
    assert have() == Balance(available=100)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)


def test_a_retired_model_names_its_replacement_and_runs_it_on_request(funded: Workspace, order: MakeOrder):
    with pytest.raises(ModelRetired) as refusal:
        submit(funded, order(model="gpt-image-1"), source="api")
    assert refusal.value.extra == {"replacement": "gpt-image-2.5-flare"}
    assert "gpt-image-2.5-flare" in refusal.value.detail
    ModelPreference.objects.create(workspace=funded, use_replacements=True)
    generation = submit(funded, order(model="gpt-image-1"), source="api")
    assert (generation.requested_model, generation.model_id) == ("gpt-image-1", "gpt-image-2.5-flare")


def test_models_end_at_their_moment(funded: Workspace, order: MakeOrder, time_machine: Any):
    ImageModel.objects.filter(slug="gpt-image-2").update(
        retired_at="2026-12-01T00:00Z", replacement="gpt-image-2.5-flare"
    )
    time_machine.move_to("2026-11-30T23:59:59Z")
    assert quote_for(funded, order(model="gpt-image-2")).credits == 1
    time_machine.move_to("2026-12-01T00:00:01Z")
    with pytest.raises(ModelRetired, match="1 December 2026"):
        quote_for(funded, order(model="gpt-image-2"))


def test_a_switched_off_model_takes_no_orders(funded: Workspace, order: MakeOrder):
    ImageModel.objects.filter(slug="gpt-image-2").update(is_enabled=False)
    with pytest.raises(ModelUnavailable):
        quote_for(funded, order(model="gpt-image-2"))


def test_references_are_the_workspaces_own(funded: Workspace, other_workspace: Workspace, order: MakeOrder):
    facts = {
        "file": "a",
        "thumbnail": "b",
        "format": "png",
        "width": 8,
        "height": 8,
        "size": 1,
        "sha256": b"x",
    }
    theirs = Reference.objects.create(workspace=other_workspace, **facts)
    deleted = Reference.objects.create(workspace=funded, deleted_at=timezone.now(), **facts)
    ours = Reference.objects.create(workspace=funded, **facts)
    mask = Reference.objects.create(workspace=funded, is_mask=True, **{**facts, "width": 9})
    said = set()
    for bad in (theirs, deleted):
        with pytest.raises(ReferenceNotFound) as refusal:
            quote_for(funded, order(references=(ours.pk, bad.pk)))
        said.add(refusal.value.detail)
    assert len(said) == 1
    with pytest.raises(InvalidOrder, match="9x8"):
        quote_for(funded, order(references=(ours.pk,), mask=mask.pk))
    with pytest.raises(InvalidOrder, match="not uploaded as a mask"):
        quote_for(funded, order(references=(ours.pk,), mask=ours.pk))
    assert quote_for(funded, order(references=(ours.pk,) * 4)).credits == 4


def test_a_test_token_holds_the_real_price_in_its_world(
    funded: Workspace, alice: User, order: MakeOrder, have: Callable[[], Balance]
):
    token, _ = tokens.issue(funded, name="Try", scopes=[Scope.GENERATIONS_WRITE], user=alice, is_test=True)
    price = quote_for(funded, order(quality="max")).credits
    generation = submit(token.workspace, order(quality="max"), source="api", token=token)
    assert (generation.is_test, generation.credits, have()) == (True, price, Balance(available=100))
    assert balance.for_workspace(token.workspace) == Balance(1_000 - price, price)
    workspaces.suspend(funded, since=timezone.now())
    with pytest.raises(WorkspaceSuspended):
        submit(token.workspace, order(), source="api", token=token)
    workspaces.suspend(funded, since=None)
    assert submit(token.workspace, order(), source="api", token=token)


def test_a_token_spends_in_its_own_world_alone(funded: Workspace, alice: User, order: MakeOrder):
    token, _ = tokens.issue(funded, name="Try", scopes=[Scope.GENERATIONS_WRITE], user=alice, is_test=True)
    with pytest.raises(TokenCapReached):
        submit(funded, order(), source="api", token=token)
