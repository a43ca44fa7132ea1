"""Our own check of the words, once an order, before anything is paid for."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image as Picture
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User, Workspace
from billing.ledger.balance import Balance
from billing.models.ledger import Transfer
from generation.catalog import cache as rows
from generation.lifecycle import claims
from generation.models import (
    Attempt,
    CheckRule,
    Event,
    Generation,
    Image,
    ImageModel,
    PreCheck,
    Provider,
    Verdict,
)
from generation.moderation import openai_moderation
from generation.orders.submit import submit
from generation.references import library
from generation.worker import precheck
from generation.worker.precheck import Unchecked
from tests.generation.conftest import run
from tests.support.twins import OpenAITwin

BLOODY = "a knight, dismembered"
type Make = Callable[..., Generation]
type Have = Callable[[], Balance]


def test_a_block_ends_every_image_before_anything_is_paid_for(make: Make, openai: OpenAITwin, have: Have):
    generation = make(BLOODY, n=4)
    assert (generation.status, generation.charged, have()) == ("failed", 0, Balance(available=100))
    assert {(image.reason, image.tries) for image in generation.images.all()} == {("moderation_input", 0)}
    detail = {"stage": "input", "categories": ["violence/graphic"], "by": "precheck"}
    assert [image.detail for image in generation.images.all()] == [detail] * 4
    assert (openai.calls(), Attempt.objects.count(), len(openai.checks())) == ([], 0, 1)
    told = Event.objects.filter(kind="image.failed").values_list("data", flat=True)
    assert {event["detail"]["by"] for event in told} == {"precheck"}
    assert all("before it was sent to the provider" in event["message"] for event in told)
    assert set(Transfer.objects.filter(kind="release").values_list("reason", flat=True)) == {
        "Stopped by our check"
    }


def test_words_that_pass_are_asked_about_once_for_all_images(make: Make, openai: OpenAITwin, have: Have):
    generation = make("a quiet lake", n=4)
    assert (generation.status, have()) == ("succeeded", Balance(available=96))
    (asked,) = openai.checks()
    assert (asked["prompt"], asked["pictures"]) == ("a quiet lake", 0)
    assert len(openai.calls()) == 4
    check = PreCheck.objects.get()
    assert (check.verdict, check.categories, check.error) == (Verdict.PASSED, [], "")


def test_what_the_endpoint_flags_is_not_what_blocks(make: Make, openai: OpenAITwin):
    assert make("a duel at dawn").status == "succeeded"
    assert PreCheck.objects.get().scores == {"violence": 61}
    CheckRule.objects.filter(category="violence").update(blocks_at=60)
    assert make("another duel").status == "failed"
    CheckRule.objects.filter(category="violence").update(blocks_at=62)
    assert make("a third duel").status == "succeeded"
    assert len(openai.calls()) == 2


@pytest.mark.parametrize(
    "trouble",
    [{"do": "status", "status": 500}, {"do": "reset"}, {"do": "html"}, {"do": "empty"}, {"do": "hang"}],
    ids=lambda one: one["do"],
)
def test_where_no_answer_comes_the_work_goes_on_and_the_record_says_so(
    make: Make, openai: OpenAITwin, have: Have, monkeypatch: Any, trouble: dict[str, Any]
):
    monkeypatch.setattr(openai_moderation, "SECONDS", 0.5)
    openai.script(**trouble, match={"endpoint": "moderations"})
    assert make(BLOODY, n=2).status == "succeeded"
    check = PreCheck.objects.get()
    assert check.verdict == Verdict.UNANSWERED
    assert check.error
    assert (len(openai.calls()), have()) == (2, Balance(available=98))


def test_references_are_looked_at_one_a_request(make: Make, openai: OpenAITwin, funded: Workspace, bob: User):
    blue, red = (_upload(funded, bob, color) for color in ("blue", "red"))
    assert make("a portrait", references=(blue,)).status == "succeeded"
    generation = make("a portrait", references=(blue, red))
    assert generation.status == "failed"
    assert generation.images.get().detail["categories"] == ["violence/graphic"]
    assert sorted(call["pictures"] for call in openai.checks()) == [1, 1, 1]
    assert sorted(call["prompt"] for call in openai.checks()) == ["", "a portrait", "a portrait"]
    assert len(openai.calls()) == 1


def test_operators_switch_it_by_provider_and_by_model(make: Make, openai: OpenAITwin):
    Provider.objects.filter(slug="openai").update(precheck=False)
    rows.invalidate()
    assert make(BLOODY).status == "succeeded"
    ImageModel.objects.filter(slug="gpt-image-2.5-flare").update(precheck=True)
    rows.invalidate()
    assert make(BLOODY).status == "failed"
    assert (len(openai.calls()), len(openai.checks())) == (1, 1)


@pytest.fixture
def ordered(funded: Workspace, order: Callable[..., Any], openai: OpenAITwin) -> Callable[..., list[Image]]:
    """The images of an order, none of which a worker has taken up."""

    def go(prompt: str = "a quiet lake", n: int = 3) -> list[Image]:
        return list(submit(funded, order(prompt, n=n), source="api").images.order_by("index"))

    return go


def _found(image: Image) -> Unchecked:
    found = claims.find(image.pk)
    assert found
    assert found.is_unchecked
    return Unchecked(image.pk, found.image.generation)


def test_who_comes_second_steps_aside_and_gets_a_job_with_the_answer(
    transactional_db: None, ordered: Callable[..., list[Image]], openai: OpenAITwin
):
    first, second, _ = ordered()
    asking, other = _found(first), _found(second)
    assert precheck._begin(asking)[:2] == (True, False)
    assert precheck._begin(asking)[:2] == (True, False)  # an answer that was lost on its way
    assert asyncio.run(precheck.check_before_claim(other)) is False
    assert PreCheck.objects.get().waiting == [second.pk]
    assert openai.checks() == []
    asyncio.run(precheck._finish(asking, {"violence": 80}))
    assert ProcrastinateJob.objects.filter(args__image_id=str(second.pk)).count() == 2
    assert run(first.generation).status == "succeeded"
    assert (len(openai.checks()), len(openai.calls())) == (1, 3)


def test_a_dead_worker_is_taken_over_from_and_its_late_answer_changes_nothing(
    transactional_db: None, ordered: Callable[..., list[Image]], openai: OpenAITwin, have: Have
):
    first, second = ordered(BLOODY, n=2)
    dead = _found(first)
    assert precheck._begin(dead)[:2] == (True, False)
    PreCheck.objects.update(begun_at=timezone.now() - timedelta(seconds=16))
    assert asyncio.run(precheck.check_before_claim(_found(second))) is True
    first.generation.refresh_from_db()
    assert (first.generation.status, have(), openai.calls()) == ("failed", Balance(available=100), [])
    precheck._decide(dead, precheck.CheckResult(Verdict.PASSED))
    assert PreCheck.objects.get().verdict == Verdict.BLOCKED
    assert claims.claim(first.pk) is None


def test_each_image_is_claimed_once_whoever_asks(
    transactional_db: None, ordered: Callable[..., list[Image]], openai: OpenAITwin
):
    (image,) = ordered(n=1)
    assert asyncio.run(precheck.check_before_claim(_found(image))) is True
    assert claims.claim(image.pk)
    assert claims.claim(image.pk) is None
    assert Attempt.objects.count() == 1


def _upload(workspace: Workspace, user: User, color: str) -> Any:
    data = BytesIO()
    Picture.new("RGB", (64, 64), color).save(data, "PNG")
    file = SimpleUploadedFile(f"{color}.png", data.getvalue(), "image/png")
    return library.upload(workspace, file, user).pk
