"""What test tokens get: pictures drawn here, at no cost, and every ending on request."""

from collections.abc import Callable

import pytest

from accounts import tokens
from accounts.models import ApiToken, Scope, User, Workspace
from billing.balance import Balance
from generation import storing
from generation.models import Attempt, Circuit, Generation
from generation.order import Order
from generation.submit import submit
from tests.generation.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(funded: Workspace, alice: User) -> ApiToken:
    return tokens.issue(funded, name="Try", scopes=[Scope.GENERATIONS_WRITE], user=alice, is_test=True)[0]


@pytest.fixture
def draw(funded: Workspace, token: ApiToken, order: Callable[..., Order]) -> Callable[..., Generation]:
    def go(prompt: str = "a red fox", **options: object) -> Generation:
        return run(submit(funded, order(prompt, **options), source="api", token=token))

    return go


def test_the_same_words_draw_the_same_picture_for_nothing(
    draw: Callable[..., Generation], have: Callable[[], Balance]
):
    first, second, other = (draw(prompt).images.get() for prompt in ("a fox", "a fox", "a hare"))
    assert bytes(first.sha256) == bytes(second.sha256) != bytes(other.sha256)
    assert (first.width, first.height, storing.get(first.file)[:4]) == (1024, 1024, b"\x89PNG")
    assert have() == Balance(available=100)
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
def test_words_that_end_it(reason: str, draw: Callable[..., Generation], have: Callable[[], Balance]):
    generation = draw(f"a fox test:{reason}")
    assert (generation.status, generation.images.get().reason) == ("failed", reason)
    assert have() == Balance(available=100)


def test_endings_on_request_say_nothing_of_the_sandbox(draw: Callable[..., Generation]):
    for _ in range(3):
        assert draw("test:provider_error", n=4).status == "failed"
    assert not Circuit.objects.exists()
