"""Workers die, stall, come back late or are stopped: every image is made and charged once, or released."""

import asyncio
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from billing.ledger.balance import Balance
from generation.lifecycle import claims, retry_policy
from generation.maintenance import recovery
from generation.media.inspection import InspectedImage
from generation.models import Attempt, Generation, Image, ImageStatus, Outcome, Provider
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import DeliveredImage
from generation.worker import outcomes, runner
from tests.generation.conftest import run
from tests.generation.worker.workers import expire, wait_for, worker
from tests.support.twins import OpenAITwin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ordered(funded: Workspace, order: Callable[..., Order]) -> Callable[..., Generation]:
    """Submit, and leave the work to the test."""

    def go(**options: object) -> Generation:
        return submit(funded, order(**options), source="api")

    return go


@pytest.mark.proof
def test_after_kill_9_in_the_middle_all_images_are_stored_and_charged_once(
    ordered: Callable[..., Generation], openai: OpenAITwin, have: Callable[[], Balance], database_url: str
):
    openai.script("hang", times=4)
    generation = ordered(n=4)
    with worker(database_url) as process:
        wait_for(lambda: len(openai.calls()) == 4, "four calls")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert have() == Balance(available=96, held=4)
    expire()
    swept = recovery.sweep()
    assert (swept["attempts lost"], swept["generations closed"]) == (4, 0)
    assert swept["jobs of dead workers"] >= 4  # it may have been at an upkeep's job, too
    generation = run(generation)
    assert (generation.status, generation.charged, have()) == ("succeeded", 4, Balance(available=96))
    assert Attempt.objects.filter(outcome=Outcome.UNKNOWN, is_loss=True).exclude(cost=0).count() == 4
    assert Attempt.objects.count() == len(openai.calls()) == 8


@pytest.mark.proof
def test_a_stopped_worker_sends_its_images_back(
    ordered: Callable[..., Generation], openai: OpenAITwin, have: Callable[[], Balance], database_url: str
):
    openai.script("hang", times=2)
    generation = ordered(n=2)
    with worker(database_url) as process:
        wait_for(lambda: len(openai.calls()) == 2, "two calls")
        process.terminate()
        assert process.wait(60) == 0
    assert set(generation.images.values_list("status", "claim")) == {("waiting", None)}
    generation = run(generation)
    assert (generation.status, generation.charged, have()) == ("succeeded", 2, Balance(available=98))


def test_killed_twice_it_is_given_up_and_released(
    ordered: Callable[..., Generation], have: Callable[[], Balance]
):
    generation = ordered()
    image = generation.images.get()
    for _ in range(retry_policy.MAX_UNKNOWN):
        assert claims.claim(image.pk)
        expire()
        assert recovery.end_expired_attempts() == 1
    generation.refresh_from_db()
    assert (generation.status, generation.images.get().reason) == ("failed", "timeout")
    assert have() == Balance(available=100)


def test_a_zombie_that_wakes_up_late_writes_nothing(
    ordered: Callable[..., Generation], openai: OpenAITwin, have: Callable[[], Balance]
):
    generation = ordered()
    image = generation.images.get()
    zombie = claims.claim(image.pk)
    assert zombie
    expire()
    recovery.sweep()
    generation = run(generation)
    stored = generation.images.get()
    kept = outcomes.StoredFile("w/late.png", 3, b"late")
    looked = InspectedImage("png", 1024, 1024)
    assert not outcomes.record_delivered(zombie, DeliveredImage(b"late"), looked, kept)
    assert generation.images.get().file == stored.file
    assert have() == Balance(available=99)
    late = Attempt.objects.get(pk=zombie.attempt)
    assert late.is_loss
    assert late.cost


def test_an_answer_to_a_commit_that_was_lost_does_no_harm(
    ordered: Callable[..., Generation], have: Callable[[], Balance]
):
    work = claims.claim(ordered().images.get().pk)
    assert work
    kept = outcomes.StoredFile("w/a.png", 3, b"a")
    looked = InspectedImage("png", 1024, 1024)
    for _ in range(2):
        assert outcomes.record_delivered(work, DeliveredImage(b"abc"), looked, kept)
    assert have() == Balance(available=99)
    assert not Attempt.objects.get().is_loss


def test_only_one_of_many_can_claim(ordered: Callable[..., Generation]):
    image = ordered().images.get()
    assert [bool(claims.claim(image.pk)) for _ in range(3)] == [True, False, False]


def test_a_lease_that_was_renewed_is_left_alone(ordered: Callable[..., Generation]):
    assert claims.claim(ordered().images.get().pk)
    assert recovery.end_expired_attempts() == 0


def test_a_job_that_got_lost_is_given_again(ordered: Callable[..., Generation], openai: OpenAITwin):
    generation = ordered()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert recovery.requeue_jobless() == 0
    generation.images.update(dispatched_at=timezone.now() - timedelta(minutes=3))
    assert recovery.requeue_jobless() == 1
    assert recovery.requeue_jobless() == 0
    assert run(generation).status == "succeeded"


def test_a_provider_that_was_switched_off_releases_what_waits(
    ordered: Callable[..., Generation], have: Callable[[], Balance], openai: OpenAITwin
):
    generation = ordered(n=2)
    provider = Provider.objects.get(slug="openai")
    provider.is_enabled = False
    provider.save()
    generation = run(generation)
    assert (generation.status, have(), openai.calls()) == ("failed", Balance(available=100), [])


def test_running_twice_at_once_makes_one_call(ordered: Callable[..., Generation], openai: OpenAITwin):
    image = ordered().images.get().pk

    async def twice() -> None:
        await asyncio.gather(runner.run_image(image), runner.run_image(image))

    asyncio.run(twice())
    assert len(openai.calls()) == 1
    assert Image.objects.get(pk=image).status == ImageStatus.STORED
