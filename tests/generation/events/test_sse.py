"""Watching: everything that happened, in order, once, also after a break."""

import asyncio
import json
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient

from accounts.models import User, Workspace
from generation.events import listener, publishing, sse
from generation.models import Event, Generation
from generation.orders.order import Order
from generation.orders.submit import submit

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10


@pytest.fixture
def generation(funded: Workspace, order: Callable[..., Order]) -> Generation:
    return submit(funded, order(), source="studio")


@sync_to_async
def publish(generation: Generation, *kinds: str) -> None:
    for kind in kinds:
        publishing.publish_generation(generation, kind)


async def collect(source: asyncio.Task | object, count: int) -> list[str]:
    kinds: list[str] = []
    async with asyncio.timeout(PATIENCE):
        async for happening in source:
            if happening:
                kinds.append(happening.kind)
            if len(kinds) == count:
                break
    await source.aclose()
    return kinds


async def listening(workspace: Workspace) -> None:
    """Wait until the hub hears."""
    async with listener.event_listener().watch(workspace.pk):
        pass


async def test_events_arrive_as_they_happen(funded: Workspace, generation: Generation):
    watching = asyncio.create_task(collect(sse.follow(funded.pk, None, None), 3))
    await listening(funded)
    await asyncio.sleep(0.1)
    await publish(generation, "image.running", "image.stored", "generation.succeeded")
    assert await watching == ["image.running", "image.stored", "generation.succeeded"]
    await listener.event_listener().close()


async def test_a_reader_that_comes_back_misses_nothing(funded: Workspace, generation: Generation):
    await publish(generation, "image.running", "image.preview", "image.stored")
    seen = await sync_to_async(Event.objects.get)(kind="image.running")
    assert await collect(sse.follow(funded.pk, None, seen.pk), 2) == ["image.preview", "image.stored"]
    await listener.event_listener().close()


async def test_a_slow_reader_misses_nothing(
    funded: Workspace, generation: Generation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listener, "QUEUE_SIZE", 2)
    source = sse.follow(funded.pk, generation.pk, None)
    assert (await anext(source)).kind == "generation.queued"
    kinds = [f"image.{number}" for number in range(10)]
    await publish(generation, *kinds)
    await asyncio.sleep(0.2)
    assert await collect(source, 10) == kinds
    await listener.event_listener().close()


async def test_a_connection_that_dies_is_made_anew_and_nothing_is_missed(
    funded: Workspace, generation: Generation
):
    watching = asyncio.create_task(collect(sse.follow(funded.pk, None, None), 2))
    await listening(funded)
    await asyncio.sleep(0.1)
    await publish(generation, "image.running")

    @sync_to_async
    def cut() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'createio-events'"
                " AND datname = current_database()"
            )

    await cut()
    await publish(generation, "image.stored")
    assert await watching == ["image.running", "image.stored"]
    await listener.event_listener().close()


async def test_strangers_events_are_not_heard(
    funded: Workspace, other_workspace: Workspace, generation: Generation
):
    watching = asyncio.create_task(collect(sse.follow(other_workspace.pk, None, 0), 1))
    await listening(other_workspace)
    await publish(generation, "image.running")
    await asyncio.sleep(0.2)
    assert not watching.done()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await listener.event_listener().close()


async def test_the_page_of_a_generation_ends_with_it(funded: Workspace, generation: Generation):
    await publish(generation, "generation.succeeded")
    response = sse.response(funded.pk, generation=generation.pk)
    text = b"".join([part async for part in response]).decode()
    frames = [frame for frame in text.split("\n\n") if frame.startswith("id:")]
    assert [frame.split("\n")[1] for frame in frames] == [
        "event: generation.queued",
        "event: generation.succeeded",
    ]
    assert json.loads(frames[0].split("\n")[2].removeprefix("data: "))["status"] == "queued"
    await listener.event_listener().close()


async def test_the_browser_gets_its_workspaces_stream(funded: Workspace, bob: User, generation: Generation):
    client = AsyncClient()
    await client.aforce_login(bob)
    first = await sync_to_async(Event.objects.earliest)("id")
    await publish(generation, "image.running")
    response = await client.get("/studio/events", headers={"Last-Event-ID": str(first.pk)})
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
    parts = response.streaming_content
    assert await anext(parts) == b"retry: 2000\n\n"
    assert b"event: image.running" in await anext(parts)
    await parts.aclose()
    await listener.event_listener().close()


async def test_a_stream_writes_no_session(funded: Workspace, bob: User):
    client = AsyncClient()
    await client.aforce_login(bob)
    before = dict(await (await client.asession()).aitems())
    response = await client.get("/studio/events")
    assert response.status_code == 200
    assert not response.cookies
    assert dict(await (await client.asession()).aitems()) == before


@pytest.mark.parametrize("text", ["", "abc", "-1", "1" * 30, "\u0661"])
def test_nonsense_is_no_place_to_resume_from(text: str):
    assert sse.resume_from(text) is None
