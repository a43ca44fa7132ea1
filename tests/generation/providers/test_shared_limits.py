"""What a provider allows, it allows all models of a family together, and it counts references as well as calls."""

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from billing.ledger.balance import Balance
from billing.models import PricingTier
from config.observability import metrics
from generation.catalog import cache
from generation.lifecycle import claims, queue_position, stopping
from generation.models import Attempt, Image, ImageModel, ModelHealth, Outcome, Pace, Reason
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import circuit_breaker, rate_limit_headers
from generation.providers.rate_limit_headers import RateLimit, StatedLimit
from generation.references import library
from generation.seeds import MODELS
from generation.worker import admission
from tests.generation.conftest import run, work_until
from tests.generation.references.test_uploads import picture
from tests.support.twins import OpenAITwin

LEAD, OTHER = "gpt-image-2.5-flare", "gpt-image-2"
MINUTE = timedelta(seconds=60)
SAID = (
    "429 rate_limit_exceeded: Rate limit reached for gpt-image-2.5-flare (for limit gpt-image) in organization org-x "
    "on input-images per min: Limit 5, Requested 3. Please try again in 12s. Visit https://platform.openai.com/…"
)

type Submit = Callable[..., list[Image]]


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """This process has told the database of no limit yet."""
    circuit_breaker._told.clear()


@pytest.fixture
def wait(funded: Workspace, order: Callable[..., Order]) -> Submit:
    """Submit an order of so many images with so many references; its images."""
    PricingTier.objects.update(images_in_flight=100)
    inputs: list[uuid.UUID] = []

    def go(n: int = 1, references: int = 0, model: str = LEAD) -> list[Image]:
        while len(inputs) < references:
            inputs.append(library.upload(funded, ContentFile(picture(size=(64, 64 + len(inputs))))).pk)
        wanted = order(n=n, model=model, quality="auto", references=tuple(inputs[:references]))
        one = submit(funded, wanted, source="api")
        return list(one.images.order_by("pk"))

    return go


def taken(images: list[Image]) -> list[bool]:
    return [claims.claim(image.pk) is not None for image in images]


def pass_a_minute() -> None:
    Attempt.objects.update(started_at=F("started_at") - MINUTE)


def limit(**told: object) -> None:
    Pace.objects.create(provider_id="openai", model_id=LEAD, **told)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x-ratelimit-limit-input-images": "5"}, RateLimit(input_images_per_minute=5)),
        (
            {
                "x-ratelimit-limit-requests": "50",
                "x-ratelimit-limit-input-images": "5",
                "x-ratelimit-remaining-input-images": "0",
                "x-ratelimit-reset-input-images": "36s",
            },
            RateLimit(50, 0.0, 5, 2.0),
        ),
        ({"x-ratelimit-limit-input-images": "9" * 30}, RateLimit(input_images_per_minute=1_000_000)),
        ({"x-ratelimit-limit-input-images": "-1"}, RateLimit()),
    ],
)
def test_references_have_headers_of_their_own(headers: dict[str, str], said: RateLimit):
    assert rate_limit_headers.read(headers, age=10.0) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (SAID, StatedLimit("input-images", 5, 3, 12.0)),
        (SAID.replace("Limit 5,", "Limit 5, Used 4,"), StatedLimit("input-images", 5, 3, 12.0)),
        ("on requests per min (RPM): Limit 50, Requested 1", StatedLimit("requests", 50, 1, None)),
        ("on input-images per min: Limit 5, Requested 8.", StatedLimit("input-images", 5, 8, None)),
        ("on input-images per min: Limit 0, Requested 1", None),
        ("Rate limit reached. Please try again in 1s.", None),
    ],
)
def test_a_refusal_says_what_it_counts(words: str, said: StatedLimit | None):
    assert rate_limit_headers.stated(words) == said
    assert said is None or said.is_hopeless == (said.requested == 8)


def test_all_gpt_image_models_are_seeded_as_one_family(catalog: None):
    sold = [entry.row["slug"] for entry in MODELS if entry.row["provider_id"] == "openai" and entry.prices]
    assert {ImageModel.objects.get(pk=slug).limited_as for slug in sold} == {LEAD}
    assert all(model.limited_as == model.slug for model in ImageModel.objects.filter(provider="fal")), (
        "fal counts its requests and nothing else"
    )


@pytest.mark.django_db(transaction=True)
def test_two_models_of_a_family_stay_within_its_limit_together(wait: Submit):
    limit(per_minute=6)
    images = [image for pair in zip(wait(4), wait(4, model=OTHER), strict=True) for image in pair]

    def go(image: Image) -> bool:
        try:
            return claims.claim(image.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(go, images)) == 6
    assert admission.admit("openai", 100) == 0
    pass_a_minute()
    assert admission.admit("openai", 100) == 2


@pytest.mark.parametrize("told_by", [LEAD, OTHER, "gpt-image-2.6-sunburst"])
def test_whichever_model_is_told_of_a_limit_it_is_the_familys(wait: Submit, told_by: str):
    (first,), (other,), (apart,) = (
        wait(model=told_by),
        wait(model="gpt-image-2.5-sunburst"),
        wait(model="flux-dev"),
    )
    work = claims.claim(first.pk)
    assert work
    circuit_breaker._record_limits(work, _answer(RateLimit(7, 20.0)))
    pace = Pace.objects.get()
    assert (pace.model_id, pace.per_minute) == (LEAD, 7)
    parked = claims.take(claims.WaitingImage(other))
    assert isinstance(parked, claims.ParkedImage)
    assert 19 < parked.seconds <= 20
    assert claims.claim(apart.pk)


def _answer(allowance: RateLimit) -> circuit_breaker.DeliveredImage:
    return circuit_breaker.DeliveredImage(b"", allowance=allowance)


def test_a_call_weighs_its_references(wait: Submit):
    limit(input_images_per_minute=5)
    edits, plain = wait(3, references=3), wait(2)
    assert taken(edits) == [True, False, False]
    assert taken(plain) == [True, True]
    assert taken(wait(2, references=2, model=OTHER)) == [True, False]
    assert sorted(Attempt.objects.values_list("input_images", flat=True)) == [0, 0, 2, 3]
    Attempt.objects.filter(input_images=3).update(started_at=timezone.now() - timedelta(seconds=40))
    parked = claims.take(claims.WaitingImage(wait(1, references=3)[0]))
    assert isinstance(parked, claims.ParkedImage)
    assert 19 < parked.seconds <= 20, "when the three are a minute old"


def test_who_waits_for_room_for_references_holds_up_nobody_else(wait: Submit):
    limit(input_images_per_minute=5, per_minute=50)
    edits, plain = wait(3, references=3), wait(3)
    Pace.objects.update(paused_until=timezone.now() + MINUTE)
    assert not any(taken([*edits, *plain]))
    Pace.objects.update(paused_until=None, input_images_paused_until=timezone.now() + timedelta(seconds=30))
    assert admission.admit("openai", 100) == 3
    assert set(Image.objects.filter(parked_at=None)) == {*plain}
    seconds = admission.admit_and_wait("openai", 100)
    assert seconds is not None
    assert 29 < seconds <= 30
    Pace.objects.update(input_images_paused_until=None)
    assert admission.admit("openai", 100) == 3, "nothing was sent yet, so claims decide"
    assert taken(edits) == [True, False, False]
    assert admission.admit("openai", 100) == 0
    pass_a_minute()
    assert admission.admit("openai", 1) == 1


def test_a_refusal_for_references_pauses_edits_alone(
    wait: Submit, openai: OpenAITwin, transactional_db: None
):
    openai.limit(None, input_images=5)
    run(wait(references=3)[0].generation)
    Pace.objects.all().delete()  # the twin remembers, we don't
    circuit_breaker._told.clear()
    pass_a_minute()
    (edit,) = wait(references=3, model=OTHER)
    asyncio.run(work_until(lambda: Pace.objects.filter(input_images_paused_until__gt=timezone.now())))
    pace = Pace.objects.get()
    assert (pace.model_id, pace.input_images_per_minute, pace.per_minute) == (LEAD, 5, None)
    assert pace.paused_until is None
    assert run(wait()[0].generation).status == "succeeded"
    assert claims.claim(edit.pk) is None, "it is parked"
    openai.limit(None, input_images=5)  # a minute later, there
    pass_a_minute()  # and here
    Pace.objects.update(input_images_paused_until=None)
    assert admission.admit("openai", 100) == 1
    assert run(edit.generation).status == "succeeded"
    assert Attempt.objects.filter(blame="limit", cost=0).count() == 1
    assert not Attempt.objects.filter(is_loss=True).exists()


def test_a_limit_of_the_twin_is_learned_and_no_edit_runs_into_it(
    wait: Submit, openai: OpenAITwin, transactional_db: None, have: Callable[[], Balance]
):
    openai.limit(None, input_images=5)
    run(wait(references=1)[0].generation)
    assert Pace.objects.get().input_images_per_minute == 5
    images = wait(2, references=2, model=OTHER) + wait(1, references=2)
    stored = Image.objects.filter(status="stored")
    asyncio.run(work_until(lambda: stored.order_by("pk")[2:3]))
    assert Image.objects.filter(pk__in=[one.pk for one in images], status="waiting").count() == 1
    assert [call["status"] for call in openai.calls()] == [200] * 3


def test_more_references_than_a_minute_allows_are_refused_once_and_cost_nothing(
    wait: Submit, openai: OpenAITwin, transactional_db: None, have: Callable[[], Balance]
):
    openai.limit(None, input_images=2)
    for _ in range(2):
        generation = run(wait(references=3)[0].generation)
        assert (generation.status, generation.images.get().reason) == ("failed", Reason.PROVIDER_ERROR)
        pass_a_minute()
    assert have() == Balance(available=100)
    assert [(one.outcome, one.cost, one.blame) for one in Attempt.objects.all()] == [
        (Outcome.FAILED, 0, "limit")
    ] * 2
    assert "Limit 2, Requested 3" in Attempt.objects.first().error


def test_who_would_have_to_wait_too_long_with_references_is_let_go_at_once(wait: Submit):
    limit(input_images_paused_until=timezone.now() + timedelta(days=1))
    edits, plain = wait(2, references=1), wait()
    assert not any(taken(edits))
    Image.objects.filter(pk=plain[0].pk).update(parked_at=timezone.now())
    assert stopping.give_up() == 2
    assert Image.objects.get(pk=plain[0].pk).status == "waiting"


def test_the_queue_knows_what_references_weigh(wait: Submit):
    ModelHealth.objects.update_or_create(model_id=OTHER, defaults={"seconds": 10.0})
    limit(input_images_per_minute=2, per_minute=60)
    (edit,), (plain,) = wait(references=2, model=OTHER), wait(model=OTHER)
    cache.invalidate()
    first, second = (queue_position.position_of(one.generation) for one in (edit, plain))
    assert first
    assert second
    assert (first.seconds, second.seconds) == (70, 30)


def test_metrics_tell_of_both_limits(catalog: None):
    limit(per_minute=6, input_images_per_minute=5, input_images_paused_until=timezone.now() + MINUTE)
    told = {
        sample.name: sample.value
        for metric in metrics._providers(timezone.now())
        for sample in metric.samples
        if sample.labels.get("model") == LEAD
    }
    assert told["createio_provider_calls_per_minute"] == 6
    assert told["createio_provider_input_images_per_minute"] == 5
    assert told["createio_provider_paused_seconds"] == 0


@pytest.mark.parametrize("lead", [OTHER, "gpt-image-2.5-sunburst", "flux-dev"])
def test_limits_are_shared_with_a_model_that_has_its_own(catalog: None, lead: str):
    model = ImageModel.objects.get(pk=OTHER)
    model.shares_limits_of_id = lead
    with pytest.raises(ValidationError, match="with limits of its own"):
        model.clean()
    first = ImageModel.objects.get(pk=LEAD)
    first.shares_limits_of = ImageModel.objects.create(
        slug="new", label="New", provider_id="openai", upstream_id="new"
    )
    with pytest.raises(ValidationError, match="share the limits of this one"):
        first.clean()
