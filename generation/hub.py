"""One ear per process for what PostgreSQL announces, and a bounded queue for each who watches."""

import asyncio
import json
import logging
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

from accounts import weather

CHANNEL = "generation_events"
ROOM = 256
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 3.0
_RECENT = """
    SELECT id, workspace_id, generation_id, kind, data FROM generation_event WHERE id = ANY(%s) ORDER BY id
"""
_log = logging.getLogger(__name__)
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, "Hub"] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as it is sent: a row of generation_event."""

    id: int
    workspace: uuid.UUID
    generation: uuid.UUID
    kind: str
    data: dict[str, Any]


@dataclass(eq=False, slots=True)
class Watcher:
    """Somebody's queue. `behind` says that it has missed something and must read the rows."""

    queue: asyncio.Queue[Happening | None] = field(default_factory=lambda: asyncio.Queue(ROOM))
    behind: bool = False

    def offer(self, happening: Happening) -> None:
        """Hand over, or remember that there was no room."""
        try:
            self.queue.put_nowait(happening)
        except asyncio.QueueFull:
            self.behind = True

    def wake(self) -> None:
        """Let it look at the rows by itself."""
        self.behind = True
        if self.queue.empty():
            self.queue.put_nowait(None)


class Hub:
    """Listens while anybody watches; reconnects where the connection dies, and then lets all read what they missed."""

    def __init__(self) -> None:
        self._watchers: defaultdict[uuid.UUID, set[Watcher]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @asynccontextmanager
    async def watch(self, workspace: uuid.UUID) -> AsyncIterator[Watcher]:
        """A watcher of a workspace's events, from when this is entered on."""
        watcher = Watcher()
        self._watchers[workspace].add(watcher)
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(self._listen())
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

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with await connect() as ear, await connect() as eye:
                    await ear.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE
                    self._ready.set()
                    self._wake_all()
                    await self._hand_out(ear, eye)
            except* psycopg.Error as errors:
                _log.warning(
                    "Listening to the database was interrupted; trying again: %s", errors.exceptions[0]
                )
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _hand_out(self, ear: psycopg.AsyncConnection, eye: psycopg.AsyncConnection) -> None:
        """Announcements are read as they come and their rows fetched together, as many as came meanwhile."""
        heard: asyncio.Queue[int] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fetch(eye, heard))
            async for notice in ear.notifies():
                workspace, _, event = notice.payload.partition(" ")
                if uuid.UUID(workspace) in self._watchers:
                    heard.put_nowait(int(event))
            raise psycopg.OperationalError("the connection ended")

    async def _fetch(self, eye: psycopg.AsyncConnection, heard: asyncio.Queue[int]) -> None:
        while True:
            wanted = [await heard.get()]
            while not heard.empty():
                wanted.append(heard.get_nowait())
            for happening in await rows(eye, _RECENT, [wanted]):
                for watcher in tuple(self._watchers.get(happening.workspace, ())):
                    watcher.offer(happening)

    def _wake_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.wake()


def hub() -> Hub:
    """The running loop's."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


async def connect() -> psycopg.AsyncConnection:
    """A connection of our own to Django's database: not from a pool, since it listens."""
    known = weather.parameters() | {"application_name": "createio-events"}
    return await psycopg.AsyncConnection.connect(**known, autocommit=True)


async def rows(connection: psycopg.AsyncConnection, query: str, values: list[Any]) -> list[Happening]:
    """The events that a query finds."""
    found = await connection.execute(query, values)
    return [
        Happening(row[0], row[1], row[2], row[3], row[4] if isinstance(row[4], dict) else json.loads(row[4]))
        async for row in found
    ]
