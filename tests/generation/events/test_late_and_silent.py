"""Announcements that are late, out of order or lost, and a database that falls silent: nothing is missed, and soon."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from accounts.models import Workspace
from api.waiting import waiters
from core.database import announcements, availability
from core.database import listener as listening
from generation.events import listener, publishing, sse
from generation.lifecycle import stopping
from generation.models import Event, Generation
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.support.network import silence

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10


@pytest.fixture
def generation(funded: Workspace, order: Callable[..., Order]) -> Generation:
    return submit(funded, order(), source="studio")


@pytest.fixture(autouse=True)
async def hub() -> AsyncIterator[None]:
    yield
    await listener.event_listener().close()


async def behind_a_wire(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Have listeners connect through the wire; the product's other sessions stay where they are."""
    known = await sync_to_async(availability.connection_parameters)()
    monkeypatch.setattr(
        availability, "connection_parameters", lambda: known | {"host": "127.0.0.1", "port": str(port)}
    )


@sync_to_async
def publish_unheard(generation: Generation, *kinds: str) -> None:
    """Publish as a process that dies between its commit and the announcement."""
    with psycopg.connect(**availability.connection_parameters(), autocommit=True) as deaf:
        for kind in kinds:
            deaf.execute(
                "SELECT generation_publish(%s, %s, NULL, %s, '{}')",
                [generation.workspace_id, generation.pk, kind],
            )


@sync_to_async
def publish(generation: Generation, kind: str) -> None:
    publishing.publish_generation(generation, kind)


async def collect(workspace: Workspace, kinds: list[str], count: int) -> None:
    async for happening in sse.follow(workspace.pk, None, None):
        if happening:
            kinds.append(happening.kind)
        if len(kinds) == count:
            return


async def joined(workspace: Workspace) -> None:
    async with listener.event_listener().watch(workspace.pk) as watcher, asyncio.timeout(PATIENCE):
        while not watcher.joined_at:  # noqa: ASYNC110 -- it polls
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)


async def test_what_was_not_announced_comes_with_the_next_look(funded: Workspace, generation: Generation):
    kinds: list[str] = []
    watching = asyncio.create_task(collect(funded, kinds, 2))
    await joined(funded)
    start = time.monotonic()
    await publish_unheard(generation, "image.running", "image.stored")
    await asyncio.wait_for(watching, PATIENCE)
    assert kinds == ["image.running", "image.stored"]
    assert time.monotonic() - start < listening.HEARTBEAT + 1.5


async def test_a_later_announcement_brings_what_an_earlier_one_did_not(
    funded: Workspace, generation: Generation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listener, "HEARTBEAT", 60)
    kinds: list[str] = []
    watching = asyncio.create_task(collect(funded, kinds, 2))
    await joined(funded)
    await publish_unheard(generation, "image.running")
    await publish(generation, "image.stored")
    await asyncio.wait_for(watching, PATIENCE)
    assert kinds == ["image.running", "image.stored"]


async def test_more_than_is_read_at_once_comes_in_order(
    funded: Workspace, generation: Generation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listener, "AT_ONCE", 3)
    kinds: list[str] = []
    watching = asyncio.create_task(collect(funded, kinds, 10))
    await joined(funded)
    wanted = [f"image.{number}" for number in range(10)]
    await publish_unheard(generation, *wanted)
    await asyncio.wait_for(watching, PATIENCE)
    assert kinds == wanted


@pytest.mark.parametrize("reader", ["studio", "api"])
async def test_a_silent_database_is_noticed(
    funded: Workspace, generation: Generation, monkeypatch: pytest.MonkeyPatch, reader: str
):
    """Studio's streams and the API's waiting calls alike: within a heartbeat and the time for an answer."""
    monkeypatch.setattr(listening, "ANSWER", 1.0)
    sockets = connection.settings_dict["HOST"]
    async with silence.wire(sockets) as wire:
        await behind_a_wire(monkeypatch, wire.port)
        kinds: list[str] = []
        if reader == "studio":
            watching = asyncio.create_task(collect(funded, kinds, 2))
        else:
            finished = waiters.wait_until_finished(funded.pk, generation.pk, PATIENCE)
            watching = asyncio.create_task(finished)
        await joined(funded)
        wire.is_silent = True
        monkeypatch.undo()
        monkeypatch.setattr(listening, "ANSWER", 1.0)
        await sync_to_async(stopping.cancel)(generation)
        start = time.monotonic()
        await asyncio.wait_for(watching, PATIENCE)
        assert time.monotonic() - start < listening.HEARTBEAT + 1.0 + listening.FIRST_PAUSE + 2
        assert "generation.canceled" in kinds if reader == "studio" else watching.result()


async def test_a_stream_lives_through_a_database_that_is_away_at_its_beginning(
    funded: Workspace, generation: Generation, monkeypatch: pytest.MonkeyPatch
):
    """It says that it is there, and begins when the database is back."""
    monkeypatch.setattr(sse, "PING", 0.2)
    sockets = connection.settings_dict["HOST"]
    async with silence.wire(sockets) as wire:
        wire.is_silent = True
        monkeypatch.setattr(listening, "ANSWER", 0.5)
        known = await sync_to_async(availability.connection_parameters)()
        through = known | {"host": "127.0.0.1", "port": str(wire.port), "connect_timeout": 2}
        monkeypatch.setattr(availability, "connection_parameters", lambda: through)
        source = sse.follow(funded.pk, generation.pk, None)
        assert await asyncio.wait_for(anext(source), PATIENCE) is None
        monkeypatch.setattr(availability, "connection_parameters", lambda: known)
        async with asyncio.timeout(PATIENCE):
            while (happening := await anext(source)) is None:
                pass
        assert happening.kind == "generation.queued"
        await source.aclose()


async def test_a_workspace_that_is_left_and_watched_again_is_heard(funded: Workspace, generation: Generation):
    for kind in ("image.running", "image.stored"):
        kinds: list[str] = []
        watching = asyncio.create_task(collect(funded, kinds, 1))
        await joined(funded)
        await publish(generation, kind)
        await asyncio.wait_for(watching, PATIENCE)
        assert kinds == [kind]


async def test_nobody_holds_the_watchers_lock_once_all_have_left(funded: Workspace, generation: Generation):
    await joined(funded)

    @sync_to_async
    def is_free() -> bool:
        lock = announcements.WATCHERS_LOCK.format(subject="%s")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_try_advisory_xact_lock({lock})", [f"{listener.CHANNEL} {funded.pk}"])
            return cursor.fetchone()[0]

    async with listener.event_listener().watch(uuid.uuid4()):
        async with asyncio.timeout(PATIENCE):
            while not await is_free():  # noqa: ASYNC110 -- it polls
                await asyncio.sleep(0.05)
    assert await Event.objects.acount() == 1
