"""What a provider tells of its limits is obeyed by all workers, before it has to refuse anything."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from billing.ledger.balance import Balance
from billing.models import PricingTier
from generation.lifecycle import claims, stopping
from generation.models import Attempt, Generation, Image, ImageModel, Outcome, Pace, Provider, Reason
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import circuit_breaker, rate_limit_headers
from generation.providers.contract import ProviderFailure
from generation.providers.rate_limit_headers import RateLimit
from generation.worker import admission, outcomes
from tests.generation.conftest import work_until
from tests.support.twins import OpenAITwin

LIMIT = 6
MINUTE = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """This process has told the database of no limit yet."""
    circuit_breaker._told.clear()


@pytest.fixture
def images(funded: Workspace, order: Callable[..., Order]) -> list[Image]:
    """Sixteen images that wait, each with a job."""
    PricingTier.objects.update(images_in_flight=100)
    for _ in range(4):
        submit(funded, order(n=4), source="api")
    return list(Image.objects.order_by("pk"))


def learn(per_minute: int) -> None:
    Pace.objects.create(provider_id="openai", model_id="gpt-image-2.5-flare", per_minute=per_minute)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, RateLimit()),
        ({"x-ratelimit-limit-requests": "50"}, RateLimit(50)),
        ({"x-ratelimit-limit-requests": "50", "x-ratelimit-limit-images": "20"}, RateLimit(20)),
        (
            {
                "x-ratelimit-limit-images": "5",
                "x-ratelimit-remaining-images": "0",
                "x-ratelimit-reset-images": "12s",
            },
            RateLimit(5, 2.0),
        ),
        ({"x-ratelimit-limit-requests": "100", "x-ratelimit-reset-requests": "14m24s"}, RateLimit()),
        ({"x-ratelimit-limit-requests": "many"}, RateLimit()),
    ],
)
def test_headers_are_read_with_their_age(headers: dict[str, str], said: RateLimit):
    assert rate_limit_headers.read(headers, age=10.0) == said


@pytest.mark.parametrize(("text", "seconds"), [("6m0s", 360), ("17ms", 0.017), ("1.5s", 1.5), ("soon", 0)])
def test_durations_are_read_as_go_writes_them(text: str, seconds: float):
    assert rate_limit_headers.duration(text) == seconds


@pytest.mark.django_db(transaction=True)
def test_three_workers_stay_within_the_limit_together(images: list[Image]):
    learn(LIMIT)

    def go(image: Image) -> bool:
        try:
            return claims.claim(image.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(go, images)) == LIMIT
    assert Image.objects.filter(status="waiting", parked_at__isnull=False).count() == len(images) - LIMIT
    assert admission.admit("openai", 100) == 0
    Attempt.objects.update(started_at=F("started_at") - MINUTE)
    assert admission.admit("openai", 100) == LIMIT


def test_calls_before_the_limit_was_known_count(images: list[Image]):
    for image in images[:4]:
        assert claims.claim(image.pk)
    learn(LIMIT)
    assert [claims.claim(image.pk) is not None for image in images[4:8]] == [True, True, False, False]


def test_who_is_parked_knows_when_to_ask_again(images: list[Image]):
    learn(1)
    assert claims.claim(images[0].pk)
    Attempt.objects.update(started_at=timezone.now() - timedelta(seconds=40))
    parked = claims.take(claims.WaitingImage(images[1]))
    assert isinstance(parked, claims.ParkedImage)
    assert 19 < parked.seconds <= 20
    wait = admission.admit_and_wait("openai", 100)
    assert wait is not None
    assert 19 < wait <= 20


def test_after_retry_after_nobody_calls_that_model_until_then(images: list[Image]):
    busy = ProviderFailure(
        Reason.PROVIDER_BUSY, Outcome.FAILED, "429", status=429, may_retry=True, retry_after=30
    )
    work = claims.claim(images[0].pk)
    assert work
    outcomes.record_failed(work, busy)
    parked = claims.take(claims.WaitingImage(images[1]))
    assert isinstance(parked, claims.ParkedImage)
    assert 29 < parked.seconds <= 30
    Pace.objects.update(paused_until=timezone.now())
    assert admission.admit("openai", 100) == 1
    assert claims.claim(images[1].pk)


def test_another_family_of_the_same_provider_goes_on(
    images: list[Image], funded: Workspace, order: Callable[..., Order]
):
    ImageModel.objects.filter(pk="gpt-image-2").update(shares_limits_of=None)
    Pace.objects.create(
        provider_id="openai", model_id="gpt-image-2.5-flare", paused_until=timezone.now() + MINUTE
    )
    other = submit(funded, order(model="gpt-image-2"), source="api").images.get()
    assert claims.claim(images[0].pk) is None
    assert claims.claim(other.pk)


def test_who_would_have_to_wait_too_long_is_let_go_at_once(images: list[Image], have: Callable[[], Balance]):
    Pace.objects.create(
        provider_id="openai", model_id="gpt-image-2.5-flare", paused_until=timezone.now() + timedelta(days=1)
    )
    for image in images:
        assert claims.claim(image.pk) is None
    assert stopping.give_up() == len(images)
    assert have() == Balance(available=100)


def test_the_twins_limit_is_learned_and_no_image_fails_of_it(
    transactional_db: None,
    make: Callable[..., Generation],
    funded: Workspace,
    order: Callable[..., Order],
    openai: OpenAITwin,
    have: Callable[[], Balance],
):
    openai.limit(LIMIT)
    assert make().status == "succeeded"
    assert Pace.objects.get().per_minute == LIMIT
    PricingTier.objects.update(images_in_flight=100)
    for _ in range(2):
        submit(funded, order(n=4), source="api")
    stored = Image.objects.filter(status="stored").order_by("pk")
    asyncio.run(work_until(lambda: stored[LIMIT - 1 : LIMIT]))
    assert [call["status"] for call in openai.calls()] == [200] * LIMIT
    openai.limit(LIMIT)  # a minute later, there
    Attempt.objects.update(started_at=F("started_at") - MINUTE)  # and here
    Pace.objects.update(paused_until=None)
    admission.admit("openai", 100)
    asyncio.run(work_until(lambda: stored[8:9]))
    assert have() == Balance(available=91)
    assert not Attempt.objects.exclude(outcome=Outcome.SUCCEEDED).exists()


def test_a_first_burst_runs_into_the_limit_once_and_loses_nothing(
    transactional_db: None, funded: Workspace, order: Callable[..., Order], openai: OpenAITwin
):
    openai.limit(LIMIT)
    Provider.objects.update(opens_after=1)
    PricingTier.objects.update(images_in_flight=100)
    for _ in range(3):
        submit(funded, order(n=4), source="api")
    stored = Image.objects.filter(status="stored").order_by("pk")
    asyncio.run(work_until(lambda: stored[LIMIT - 1 : LIMIT]))
    assert not Image.objects.filter(status="failed").exists()
    assert Pace.objects.get().per_minute == LIMIT
    assert Attempt.objects.filter(outcome=Outcome.SUCCEEDED).count() == LIMIT
