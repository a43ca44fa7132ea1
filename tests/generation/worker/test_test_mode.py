"""What test worlds get: pictures drawn here, charged in test credits, and every ending on request."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken, Scope, User, Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.batches.validation import Checker
from generation.catalog import cache
from generation.errors import ModelUnavailable
from generation.media import storage
from generation.models import Attempt, BatchRow, Cause, Circuit, CircuitState, Generation
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.generation.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(funded: Workspace, alice: User) -> ApiToken:
    return tokens.issue(funded, name="Try", scopes=[Scope.GENERATIONS_WRITE], user=alice, is_test=True)[0]


@pytest.fixture
def draw(token: ApiToken, order: Callable[..., Order]) -> Callable[..., Generation]:
    def go(prompt: str = "a red fox", **options: object) -> Generation:
        return run(submit(token.workspace, order(prompt, **options), source="api", token=token))

    return go


@pytest.fixture
def test_credits(token: ApiToken) -> Callable[[], Balance]:
    return lambda: balance.for_workspace(token.workspace)


def test_the_same_words_draw_the_same_picture_for_test_credits_alone(
    draw: Callable[..., Generation], have: Callable[[], Balance], test_credits: Callable[[], Balance]
):
    first, second, other = (draw(prompt).images.get() for prompt in ("a fox", "a fox", "a hare"))
    assert bytes(first.sha256) == bytes(second.sha256) != bytes(other.sha256)
    assert (first.width, first.height, storage.get(first.file)[:4]) == (1024, 1024, b"\x89PNG")
    assert have() == Balance(available=100)
    assert test_credits() == Balance(available=997)
    assert not Attempt.objects.exclude(cost=0, provider="test").exists()


def test_every_format_and_a_transparent_background(draw: Callable[..., Generation]):
    for options in ({"output_format": "jpeg"}, {"output_format": "webp"}, {"background": "transparent"}):
        assert draw(**options).status == "succeeded", options


@pytest.mark.parametrize(
    "reason",
    [
        "moderation_input",
        "moderation_output",
        "provider_busy",
        "provider_error",
        "timeout",
        "wrong_output",
        "storage_error",
    ],
)
def test_words_that_end_it(reason: str, draw: Callable[..., Generation], test_credits: Callable[[], Balance]):
    generation = draw(f"a fox test:{reason}")
    assert (generation.status, generation.images.get().reason) == ("failed", reason)
    assert test_credits() == Balance(available=1_000)


def test_endings_on_request_say_nothing_of_the_sandbox(draw: Callable[..., Generation]):
    for _ in range(3):
        assert draw("test:provider_error", n=4).status == "failed"
    assert not Circuit.objects.exists()


@pytest.mark.parametrize("cause", [Cause.KEY, Cause.FUNDS])
def test_they_are_drawn_while_the_models_own_provider_refuses_our_key_or_wants_money(
    cause: Cause,
    draw: Callable[..., Generation],
    funded: Workspace,
    order: Callable[..., Order],
    have: Callable[[], Balance],
):
    later = timezone.now() + timedelta(minutes=5)
    Circuit.objects.create(provider_id="openai", state=CircuitState.OPEN, cause=cause, probe_at=later)
    cache.invalidate()
    with pytest.raises(ModelUnavailable):
        submit(funded, order(), source="api")
    assert not Generation.objects.exists()
    assert draw().status == "succeeded"
    assert have() == Balance(available=100)
    assert not Attempt.objects.exclude(provider="test").exists()


def test_a_table_is_drawn_too(funded: Workspace, token: ApiToken, order: Callable[..., Order]):
    later = timezone.now() + timedelta(minutes=5)
    Circuit.objects.create(provider_id="openai", state=CircuitState.OPEN, cause=Cause.KEY, probe_at=later)
    cache.invalidate()
    row = BatchRow(position=1, prompt="a fox")
    common = {"model": order().model}
    assert Checker(token.workspace, common).check([row])
    assert row.credits == 1
    assert not Checker(funded, common).check([row])
    assert "unavailable right now" in row.error
