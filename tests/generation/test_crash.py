"""Workers die, stall, come back late or are stopped: every image is made and charged once, or released."""

import asyncio
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from billing.balance import Balance
from generation import claims, outcomes, retry_policy, runner, storing, sweeper
from generation.adapters import Delivery
from generation.models import Attempt, Generation, Image, ImageStatus, Outcome, Provider
from generation.order import Order
from generation.pictures import Looked
from generation.submit import submit
from tests.generation.conftest import run
from tests.generation.workers import expire, wait_for, worker
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
    swept = sweeper.sweep()
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
        assert sweeper.take_back() == 1
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
    sweeper.sweep()
    generation = run(generation)
    stored = generation.images.get()
    kept = outcomes.Kept("w/late.png", "w/late.webp", "", 3, b"late")
    looked = Looked("png", 1024, 1024, b"", b"", b"")
    assert not outcomes.delivered(zombie, Delivery(b"late"), looked, kept)
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
    kept = outcomes.Kept("w/a.png", "w/a.webp", "", 3, b"a")
    looked = Looked("png", 1024, 1024, b"", b"", b"")
    for _ in range(2):
        assert outcomes.delivered(work, Delivery(b"abc"), looked, kept)
    assert have() == Balance(available=99)
    assert not Attempt.objects.get().is_loss


def test_only_one_of_many_can_claim(ordered: Callable[..., Generation]):
    image = ordered().images.get()
    assert [bool(claims.claim(image.pk)) for _ in range(3)] == [True, False, False]


def test_a_lease_that_was_renewed_is_left_alone(ordered: Callable[..., Generation]):
    assert claims.claim(ordered().images.get().pk)
    assert sweeper.take_back() == 0


def test_a_job_that_got_lost_is_given_again(ordered: Callable[..., Generation], openai: OpenAITwin):
    generation = ordered()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert sweeper.give_jobs() == 0
    generation.images.update(dispatched_at=timezone.now() - timedelta(minutes=3))
    assert sweeper.give_jobs() == 1
    assert sweeper.give_jobs() == 0
    assert run(generation).status == "succeeded"


def test_a_storage_that_fails_costs_nothing(
    ordered: Callable[..., Generation], have: Callable[[], Balance], openai: OpenAITwin, settings: object
):
    generation = ordered()
    folder = storing.default_storage.path("")
    settings.MEDIA_ROOT = "/proc/nowhere"
    generation = run(generation)
    settings.MEDIA_ROOT = folder
    assert (generation.images.get().reason, have()) == ("storage_error", Balance(available=100))


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
