"""The happy path: what was ordered is made, stored untouched, charged once and told."""

import asyncio
import hashlib
from collections.abc import Callable

from billing.ledger.balance import Balance
from generation.media import storage
from generation.media.small import on_demand
from generation.models import Attempt, Event, Generation, ImageStatus, Outcome
from generation.worker import runner
from tests.support.twins import OpenAITwin

type Make = Callable[..., Generation]


def test_an_image_is_stored_byte_for_byte_and_charged_once(
    make: Make, have: Callable[[], Balance], openai: OpenAITwin
):
    generation = make()
    image = generation.images.get()
    assert (generation.status, generation.charged) == ("succeeded", 1)
    assert have() == Balance(available=99)
    original = storage.get(image.file)
    assert hashlib.sha256(original).digest() == bytes(image.sha256)
    (call,) = openai.calls()
    assert call["images"] == [bytes(image.sha256).hex()]
    assert (image.width, image.height, image.format, image.size) == (1024, 1024, "png", len(original))
    assert (image.thumbnail, image.medium, bytes(image.thumbhash)) == ("", "", b""), "delivered first"


def test_four_images_come_with_partial_ones_and_in_order_of_events(make: Make, have: Callable[[], Balance]):
    generation = make(n=4, source="studio")
    assert [image.status for image in generation.images.all()] == [ImageStatus.STORED] * 4
    assert have() == Balance(available=96)
    kinds = list(Event.objects.filter(generation=generation).values_list("kind", flat=True))
    assert kinds[:2] == ["generation.queued", "generation.running"]
    assert kinds.count("image.preview") >= 1
    assert kinds.count("image.stored") == 4
    assert kinds[-1] == "generation.succeeded"


def test_an_attempt_knows_what_it_cost(make: Make):
    generation = make(quality="medium")
    attempt = Attempt.objects.get(image__generation=generation)
    assert (attempt.outcome, attempt.is_loss, attempt.http_status) == (Outcome.SUCCEEDED, False, 200)
    tokens = attempt.usage["input_tokens_details"]["text_tokens"] * 5 + attempt.usage["output_tokens"] * 30
    assert attempt.cost == tokens  # micro-dollars: list prices are per million tokens
    assert attempt.upstream_request.startswith("req_")
    assert attempt.ended_at


def test_every_format_and_a_transparent_background(make: Make):
    for options in (
        {"output_format": "jpeg", "output_compression": 80},
        {"output_format": "webp"},
        {"background": "transparent"},
    ):
        generation = make(**options)
        assert generation.status == "succeeded", options
        assert generation.images.get().format == options.get("output_format", "png")


def test_the_provider_is_told_a_hash_of_who_asks_and_nothing_else(make: Make, openai: OpenAITwin):
    make()
    (call,) = openai.calls()
    assert len(call["safety_identifier"]) == 40
    assert call["n"] == 1


def test_a_large_picture_gets_a_medium_size(make: Make):
    image = make(size="2048x2048").images.get()
    assert on_demand.ensure(image)
    assert storage.get(image.medium)[:4] == b"RIFF"
    small = make().images.get()
    assert on_demand.ensure(small)
    assert small.medium == ""


def test_a_second_job_for_the_same_image_finds_nothing_to_do(make: Make, openai: OpenAITwin):
    generation = make()
    asyncio.run(runner.run_image(generation.images.get().pk))
    assert len(openai.calls()) == 1
