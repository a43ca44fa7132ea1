"""Who waits is told the truth about how long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Workspace
from billing import ledger
from billing.models import PricingTier
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.catalog import cache as rows
from generation.lifecycle import claims, queue_position, stopping
from generation.lifecycle.queue_position import QueuePosition
from generation.models import (
    Attempt,
    Circuit,
    Generation,
    Image,
    ModelHealth,
    Outcome,
    Pace,
    Provider,
    Reason,
)
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import health
from generation.providers.contract import ProviderFailure
from generation.worker import outcomes
from tests.generation.conftest import work_until
from tests.support.twins import OpenAITwin

NO = ProviderFailure(Reason.MODERATION_INPUT, Outcome.REFUSED, "no", status=400)
OVERLOADED = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, "503", status=503, may_retry=True)


@pytest.fixture
def takes(catalog: None) -> Callable[[float], None]:
    """Have calls take so many seconds of late."""

    def go(seconds: float) -> None:
        ModelHealth.objects.update_or_create(model_id="gpt-image-2.5-flare", defaults={"seconds": seconds})
        rows.invalidate()

    return go


@pytest.fixture
def queue(funded: Workspace, order: Callable[..., Order]) -> list[Generation]:
    """Four generations of one image in a workspace that may have one in flight."""
    PricingTier.objects.update(images_in_flight=1)
    return [submit(funded, order(), source="api") for _ in range(4)]


def positions(found: list[Generation]) -> list[int | None]:
    return [place.position if (place := queue_position.position_of(one)) else None for one in found]


def test_the_position_counts_down(queue: list[Generation]):
    assert positions(queue) == [1, 2, 3, 4]
    for left in ([None, 1, 2, 3], [None, None, 1, 2], [None, None, None, 1]):
        work = claims.claim(Image.objects.filter(status="waiting").earliest("pk").pk)
        assert work
        assert positions(queue) == left
        outcomes.record_failed(work, NO)
        queue = list(Generation.objects.order_by("pk"))


def test_who_cancels_makes_room(queue: list[Generation]):
    stopping.cancel(queue[1])
    assert positions(list(Generation.objects.order_by("pk"))) == [1, None, 2, 3]


def test_nobody_guesses_where_nothing_was_measured(queue: list[Generation]):
    assert queue_position.position_of(queue[2]) == QueuePosition(3, None)


def test_the_time_follows_from_what_calls_take(queue: list[Generation], takes: Callable[[float], None]):
    takes(10.0)
    assert claims.claim(queue[0].images.get().pk)
    assert queue_position.position_of(queue[3]) == QueuePosition(3, 40)
    assert QueuePosition(3, 40).words == "3rd in line, about 40 s"


def test_a_limit_or_a_pause_makes_it_longer(queue: list[Generation], takes: Callable[[float], None]):
    takes(10.0)
    assert claims.claim(queue[0].images.get().pk)
    Pace.objects.create(provider_id="openai", model_id="gpt-image-2.5-flare", per_minute=2)
    rows.invalidate()
    assert queue_position.position_of(queue[3]) == QueuePosition(3, 100)


def test_nobody_guesses_while_a_provider_is_not_called(
    queue: list[Generation], takes: Callable[[float], None]
):
    takes(10.0)
    Circuit.objects.create(provider_id="openai", state="open", cause="provider", probe_at=timezone.now())
    rows.invalidate()
    place = queue_position.position_of(queue[3])
    assert place == QueuePosition(4, None, queue_position.IS_DOWN)
    assert place.words == "Waiting for its provider, which is failing"


def test_who_is_tried_again_is_not_told_a_few_seconds(
    queue: list[Generation], takes: Callable[[float], None]
):
    takes(2.0)
    work = claims.claim(queue[0].images.get().pk)
    assert work
    outcomes.record_failed(work, OVERLOADED)
    place = queue_position.position_of(queue[0])
    assert place
    assert (place.seconds, place.words) == (None, "The last call failed; trying again")
    other = queue_position.position_of(queue[1])
    assert other
    assert other.delay == ""


def test_parked_images_stand_behind_those_of_less_loaded_workspaces(
    funded: Workspace, other_workspace: Workspace, order: Callable[..., Order]
):
    ledger.grant(other_workspace, 10, key="g", reference="test")
    Provider.objects.filter(slug="openai").update(max_in_flight=0)
    mine = submit(funded, order(n=2), source="api")
    theirs = submit(other_workspace, order(), source="api")
    for image in Image.objects.order_by("pk"):
        assert claims.claim(image.pk) is None
    second = Image.objects.filter(generation=mine, index=0)
    assert (queue_position.position_of(mine), queue_position.position_of(theirs)) == (
        QueuePosition(1, None),
        QueuePosition(2, None),
    )
    second.update(status="failed", reason="canceled", parked_at=None)
    assert (queue_position.position_of(mine), queue_position.position_of(theirs)) == (
        QueuePosition(2, None),
        QueuePosition(1, None),
    )
    second.update(status="waiting", reason="", parked_at=timezone.now())


def test_a_batch_stands_behind_what_a_person_waits_for(funded: Workspace, order: Callable[..., Order]):
    PricingTier.objects.update(images_in_flight=2)
    common = {"model": "gpt-image-2.5-flare", "size": "1024x1024", "quality": "low"}
    batch = transitions.start(
        drafts.create(funded, [ParsedRow(f"a fox {n}") for n in range(5)], common=common)
    )
    assert queue_position.position_of_batch(batch) == QueuePosition(1, None)
    assert claims.claim(Image.objects.filter(dispatched_at__isnull=False).get().pk)
    single, second = (submit(funded, order(), source="studio") for _ in range(2))
    assert (
        queue_position.position_of(single),
        queue_position.position_of(second),
        queue_position.position_of_batch(batch),
    ) == (
        QueuePosition(1, None),
        QueuePosition(2, None),
        QueuePosition(3, None),
    )


def test_as_many_queries_for_many_generations_as_for_one(queue: list[Generation], funded: Workspace):
    counts = []
    for wanted in (queue[:1], queue):
        with CaptureQueriesContext(connection) as asked:
            assert len(queue_position.positions(funded, [one.pk for one in wanted])) == len(wanted)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_nobody_learns_of_another_workspaces_line(queue: list[Generation], other_workspace: Workspace):
    assert queue_position.positions(other_workspace, [one.pk for one in queue]) == {}


@pytest.mark.parametrize(
    ("number", "words"), [(2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (1021, "1,021st")]
)
def test_ordinals(number: int, words: str):
    assert queue_position.ordinal(number) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "a few seconds"), (42, "about 40 s"), (70, "about 1 min"), (200, "about 3 min")],
)
def test_times_are_said_as_people_do(seconds: int, words: str):
    assert queue_position.approximate_time(seconds) == words


def test_the_estimate_is_within_a_factor_of_two(
    funded: Workspace,
    order: Callable[..., Order],
    openai: OpenAITwin,
    make: Callable[..., Generation],
):
    openai.script("delay", times=0, seconds=1.5)
    make()  # imports, connections, first bytes
    Attempt.objects.update(started_at=F("started_at") - health.WINDOW)
    make(n=2)
    health.update_all()
    rows.invalidate()
    PricingTier.objects.update(images_in_flight=3)
    queue = [submit(funded, order(), source="api") for _ in range(6)]
    last = Generation.objects.filter(pk=queue[-1].pk, finished_at__isnull=False)
    with ThreadPoolExecutor(1) as thread:
        worker = thread.submit(asyncio.run, work_until(lambda: last))
        while Image.objects.filter(status="running").count() < 3:
            assert not worker.done()
        asked = timezone.now()
        told = queue_position.positions(funded, [one.pk for one in queue])
        worker.result()
    assert sorted(place.position for place in told.values()) == [1, 2, 3]
    for generation in Generation.objects.filter(pk__in=told):
        estimate = told[generation.pk].seconds
        assert estimate
        assert generation.finished_at
        waited = (generation.finished_at - asked).total_seconds()
        assert estimate / 2 <= waited <= estimate * 2
