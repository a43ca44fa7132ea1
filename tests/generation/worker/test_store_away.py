"""The store of images, a real one, is cut off or killed: nothing is paid and thrown away, nobody waits for more than ten minutes."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User, Workspace
from billing.ledger.balance import Balance
from generation.errors import StorageAway
from generation.maintenance import recovery
from generation.media import storage
from generation.models import Attempt, Generation, Image, PreCheck, StoreCircuit
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import health, operator_alerts
from generation.references import library
from generation.worker import runner, store_watch
from tests.generation.conftest import PATIENCE, work_until
from tests.support import letters
from tests.support.network.relay import Relay, relay
from tests.support.network.uploads import PNG, picture
from tests.support.store import Store
from tests.support.twins import OpenAITwin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("store")]
_AGED = """
    UPDATE generation_image SET started_at = started_at - interval '10 minutes', dispatched_at = dispatched_at - interval '10 minutes';
    UPDATE generation_storecircuit SET since = since - interval '10 minutes'
"""

type Ordered = Callable[..., Generation]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A server for all tests of this module; each finds it running."""
    made = Store(Path(tmp_path_factory.mktemp("store")))
    yield made
    made.stop()


@pytest.fixture
def wire(server: Store, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """The product keeps its images there, by a wire that can be cut, and asks more often whether it is back."""
    for name in ("FRESH", "EVERY"):
        monkeypatch.setattr(store_watch, name, 0.2)
    monkeypatch.setattr(storage.LastAnswer, "at", float("-inf"))
    with relay(server.port) as made:
        settings.STORAGES = server.storages(f"http://127.0.0.1:{made.port}")
        yield made


@pytest.fixture
def ordered(funded: Workspace, order: Callable[..., Order], openai: OpenAITwin) -> Ordered:
    """Submit an order, and leave the work to the test."""
    return lambda **options: submit(funded, order(**options), source="api")


def test_nothing_is_paid_while_the_store_is_away_and_all_goes_on_when_it_is_back(
    ordered: Ordered, wire: Relay, openai: OpenAITwin, have: Callable[[], Balance]
) -> None:
    wire.cut()
    made = [ordered(), ordered(n=2)]

    async def come_back() -> None:
        work = asyncio.create_task(work_until(lambda: all_finished(made)))
        await until(lambda: parked(3))
        assert (openai.calls(), await Attempt.objects.aexists()) == ([], False)
        assert (await StoreCircuit.objects.aget()).is_open
        wire.mend()
        await work

    asyncio.run(come_back())
    assert (have(), len(openai.calls()), Attempt.objects.filter(is_loss=True).count()) == (
        Balance(available=97),
        3,
        0,
    )
    assert not StoreCircuit.objects.get().is_open
    assert all(storage.get(image.file) for image in Image.objects.all())


def test_what_was_paid_for_when_it_went_away_is_held_and_stored(
    ordered: Ordered, wire: Relay, openai: OpenAITwin, have: Callable[[], Balance]
) -> None:
    openai.script("delay", seconds=1.0)
    made = [ordered()]

    async def killed_meanwhile() -> None:
        work = asyncio.create_task(work_until(lambda: all_finished(made)))
        await until(Attempt.objects.all)
        wire.cut()
        await until(lambda: StoreCircuit.objects.filter(is_open=True))
        assert await Image.objects.filter(status="running").acount() == 1
        wire.mend()
        await work

    asyncio.run(killed_meanwhile())
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.is_loss, have()) == ("succeeded", False, Balance(available=99))
    assert len(openai.calls()) == 1


@pytest.mark.parametrize("seconds_ago", [0.0, 100.0])
def test_an_order_with_references_is_neither_sent_unchecked_nor_failed(
    ordered: Ordered,
    wire: Relay,
    funded: Workspace,
    openai: OpenAITwin,
    have: Callable[[], Balance],
    seconds_ago: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether the store went away a while ago, or since it was last heard of: then our own check is what finds out."""
    reference = library.upload(funded, ContentFile(picture()))
    monkeypatch.setattr(storage.LastAnswer, "seconds_ago", lambda: seconds_ago)
    wire.cut()
    made = [ordered(references=(reference.pk,))]
    asyncio.run(work_until(lambda: parked(1)))
    assert have() == Balance(available=98, held=2)
    assert (openai.calls(), PreCheck.objects.count()) == ([], 0)
    wire.mend()
    asyncio.run(store_watch.sweep())
    finish(made)
    (call,) = openai.calls()
    assert len(call["references"]) == 1


def test_a_worker_that_died_leaves_the_store_to_the_sweep(ordered: Ordered, wire: Relay) -> None:
    wire.cut()
    made = [ordered()]
    asyncio.run(work_until(lambda: parked(1)))
    wire.mend()
    asyncio.run(store_watch.sweep())
    assert (StoreCircuit.objects.get().is_open, parked(1).exists()) == (False, False)
    finish(made)


def test_a_worker_that_is_stopped_does_not_wait_for_the_store(
    ordered: Ordered,
    wire: Relay,
    openai: OpenAITwin,
    have: Callable[[], Balance],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store_watch, "EVERY", 60.0)
    openai.script("delay", seconds=0.5)
    made = [ordered()]
    (image,) = Image.objects.all()

    async def stopped() -> None:
        work = asyncio.create_task(runner.run_image(image.pk))
        await until(Attempt.objects.all)
        wire.cut()
        await until(lambda: StoreCircuit.objects.filter(is_open=True))
        work.cancel()
        await asyncio.wait_for(work, 5)

    asyncio.run(stopped())
    assert (Image.objects.get().status, have()) == ("waiting", Balance(available=99, held=1))
    assert Attempt.objects.get().is_loss
    wire.mend()
    asyncio.run(store_watch.sweep())
    finish(made)
    assert have() == Balance(available=99)


def test_an_upload_is_told_to_come_again(workspace: Workspace, wire: Relay) -> None:
    wire.cut()
    with pytest.raises(StorageAway) as refused:
        library.upload(workspace, ContentFile(PNG, name="fox.png"))
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
    assert not workspace.references.exists()
    wire.mend()
    assert library.upload(workspace, ContentFile(PNG, name="fox.png")).name == "fox.png"


def test_after_ten_minutes_they_end_free_of_charge(
    ordered: Ordered,
    wire: Relay,
    server: Store,
    openai: OpenAITwin,
    have: Callable[[], Balance],
    operator: User,
) -> None:
    server.kill()  # for good: this is the last test of the module
    generation = ordered(n=2)
    asyncio.run(work_until(lambda: parked(2)))
    assert operator_alerts.notify_operators() == 0
    health.update_all()
    assert recovery.sweep()["images given up"] == 0
    with connection.cursor() as cursor:
        cursor.execute(_AGED)
    assert (operator_alerts.notify_operators(), operator_alerts.notify_operators()) == (1, 0)
    assert letters.deliver() == 1
    assert recovery.sweep()["images given up"] == 2
    generation.refresh_from_db()
    assert (generation.status, have(), openai.calls()) == ("failed", Balance(available=100), [])
    assert {image.reason for image in generation.images.all()} == {"storage_error"}


async def until(wanted: Callable[[], QuerySet[Any]]) -> None:
    """Wait until what is wanted exists."""
    async with asyncio.timeout(PATIENCE):
        while not await wanted().aexists():  # noqa: ASYNC110 -- it polls
            await asyncio.sleep(0.02)


def parked(count: int):
    """Something, as soon as so many images are parked."""
    return Image.objects.filter(status="waiting", parked_at__isnull=False)[count - 1 : count]


def finished(made: list[Generation]):
    return Generation.objects.filter(pk__in=[one.pk for one in made], finished_at__isnull=False)


def all_finished(made: list[Generation]):
    return finished(made)[len(made) - 1 : len(made)]


def finish(made: list[Generation]) -> None:
    """Let a worker work until all of them have succeeded."""
    asyncio.run(work_until(lambda: all_finished(made)))
    assert set(finished(made).values_list("status", flat=True)) == {"succeeded"}
