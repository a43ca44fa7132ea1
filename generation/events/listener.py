"""One PostgreSQL listener per process for events, and a bounded queue for each watcher."""

import asyncio
import json
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from core.database.event_loops import per_loop
from core.database.listener import Payloads, connect, listen

CHANNEL = "generation_events"
QUEUE_SIZE = 256
_RECENT = """
    SELECT id, workspace_id, generation_id, kind, data FROM generation_event WHERE id = ANY(%s) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """An event as it is sent: a row of generation_event."""

    id: int
    workspace: uuid.UUID
    generation: uuid.UUID
    kind: str
    data: dict[str, Any]


@dataclass(eq=False, slots=True)
class Subscriber:
    """A watcher's queue. `behind` says that it has missed something and must read the rows."""

    queue: asyncio.Queue[StreamedEvent | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_SIZE))
    behind: bool = False

    def offer(self, happening: StreamedEvent) -> None:
        """Enqueue an event, or mark the watcher as behind if the queue is full."""
        try:
            self.queue.put_nowait(happening)
        except asyncio.QueueFull:
            self.behind = True

    def wake(self) -> None:
        """Have the watcher read the rows by itself."""
        self.behind = True
        if self.queue.empty():
            self.queue.put_nowait(None)


class EventListener:
    """Listens while anybody watches; after a reconnect, has all watchers read what they missed."""

    def __init__(self) -> None:
        self._watchers: defaultdict[uuid.UUID, set[Subscriber]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @asynccontextmanager
    async def watch(self, workspace: uuid.UUID) -> AsyncIterator[Subscriber]:
        """Watch a workspace's events, from the moment when the block is entered."""
        watcher = Subscriber()
        self._watchers[workspace].add(watcher)
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(listen(CHANNEL, self._serve))
        try:
            await self._ready.wait()
            yield watcher
        finally:
            self._watchers[workspace].discard(watcher)
            if not self._watchers[workspace]:
                del self._watchers[workspace]

    async def close(self) -> None:
        """Stop listening; who watches is woken, and finds the stream at its end."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self, announced: Payloads) -> None:
        """Read announcements as they come, and fetch together the rows of all that came meanwhile."""
        heard: asyncio.Queue[int] = asyncio.Queue()
        async with await connect() as eye, asyncio.TaskGroup() as tasks:
            self._ready.set()
            self._wake_all()
            fetching = tasks.create_task(self._fetch(eye, heard))
            async for payload in announced:
                workspace, _, event = payload.partition(" ")
                if uuid.UUID(workspace) in self._watchers:
                    heard.put_nowait(int(event))
            fetching.cancel()

    async def _fetch(self, eye: psycopg.AsyncConnection, heard: asyncio.Queue[int]) -> None:
        while True:
            wanted = [await heard.get()]
            while not heard.empty():
                wanted.append(heard.get_nowait())
            for happening in await find_events(eye, _RECENT, [wanted]):
                for watcher in tuple(self._watchers.get(happening.workspace, ())):
                    watcher.offer(happening)

    def _wake_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.wake()


@per_loop
def event_listener() -> EventListener:
    """Return the running loop's hub."""
    return EventListener()


async def find_events(
    connection: psycopg.AsyncConnection, query: str, values: list[Any]
) -> list[StreamedEvent]:
    """Return the events that a query finds."""
    found = await connection.execute(query, values)
    return [
        StreamedEvent(
            row[0], row[1], row[2], row[3], row[4] if isinstance(row[4], dict) else json.loads(row[4])
        )
        async for row in found
    ]
