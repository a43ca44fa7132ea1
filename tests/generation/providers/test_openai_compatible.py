"""A second provider that speaks OpenAI's protocol needs a row, a key and what its models can't be told."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.conf import LazySettings

from billing.ledger.balance import Balance
from generation.catalog import cache
from generation.lifecycle import claims
from generation.media import storage
from generation.models import Attempt, Generation, ImageModel, ModelPrice, Provider, Reason
from generation.orders.submit import submit
from sandbox.server import running
from sandbox.settings import Settings
from tests.support.twins import OpenAITwin

type Make = Callable[..., Generation]
KEY = "sk-second-0002"
CAPABLE: dict[str, Any] = {
    "sizes": ["auto", "1024x1024"],
    "qualities": ["low"],
    "default_quality": "low",
    "formats": ["png"],
    "max_references": 1,
}


@pytest.fixture(scope="module")
def second_url() -> Iterator[str]:
    """Another provider that speaks the protocol, at another address."""
    with running(Settings(port=0)) as url:
        yield url


@pytest.fixture
def second(second_url: str) -> Iterator[OpenAITwin]:
    with closing(OpenAITwin(second_url)) as one:
        one.reset()
        yield one


@pytest.fixture
def other(make: Make, second: OpenAITwin, second_url: str, settings: LazySettings) -> ImageModel:
    """A model of it. It knows no moderation, no background and no stream."""
    settings.PROVIDER_KEYS = {"SECOND_API_KEY": KEY}
    provider = Provider.objects.create(
        slug="second",
        name="Second",
        adapter="openai",
        base_url=f"{second_url}/openai/v1",
        key_setting="SECOND_API_KEY",
    )
    model = ImageModel.objects.create(
        slug="other-image",
        provider=provider,
        upstream_id="gpt-image-2",
        label="Other",
        parameters={"safety_identifier": None},
        **CAPABLE,
    )
    ModelPrice.objects.create(model=model, quality="low", credits=2)
    cache.invalidate()
    return model


def test_a_row_and_a_key_are_enough(
    other: ImageModel, make: Make, second: OpenAITwin, openai: OpenAITwin, have: Callable[[], Balance]
):
    generation = make(model=other.slug)
    assert (generation.status, generation.charged, have()) == ("succeeded", 2, Balance(available=98))
    (call,) = second.calls()
    assert (call["key"], openai.calls()) == (KEY[-4:], [])
    assert Attempt.objects.get().provider_id == "second"
    assert len(storage.get(generation.images.get().file)) > 1_000


def test_what_it_does_not_know_is_not_sent(other: ImageModel, make: Make, second: OpenAITwin):
    make(model=other.slug, source="studio", partials=2)
    (call,) = second.calls()
    assert not {"safety_identifier", "moderation", "background", "stream", "partial_images"} & call.keys()


def test_what_it_wants_besides_is_sent(
    other: ImageModel, make: Make, second: OpenAITwin, have: Callable[[], Balance]
):
    ImageModel.objects.filter(pk=other.pk).update(parameters={"user": "us", "steps": 8})
    cache.invalidate()
    image = make(model=other.slug).images.get()
    assert (image.reason, have()) == (Reason.PROVIDER_ERROR, Balance(available=100))
    assert second.calls()[0]["user"] == "us"
    assert "Unknown parameter" in Attempt.objects.get().error  # so the twin says of `steps`


def test_a_stream_that_is_ignored_brings_the_picture_all_the_same(
    other: ImageModel, make: Make, second: OpenAITwin
):
    ImageModel.objects.filter(pk=other.pk).update(supports_streaming=True)
    cache.invalidate()
    second.script("no_stream")
    assert make(model=other.slug, partials=2).status == "succeeded"
    (call,) = second.calls()
    assert (call["stream"], call["partial_images"]) == (True, 2)


@pytest.mark.parametrize("name", ["SECRET_KEY", "STRIPE_SECRET_KEY", "DATABASES", "NO_SUCH_KEY"])
def test_a_row_can_name_no_secret_but_a_providers(
    name: str, other: ImageModel, funded: Any, order: Callable[..., Any]
):
    Provider.objects.filter(pk="second").update(key_setting=name)
    cache.invalidate()
    image = submit(funded, order(model=other.slug), source="api").images.get()
    work = claims.claim(image.pk)
    assert work
    assert work.key == ""
