"""One PostgreSQL listener per process for events, and a bounded queue for each watcher.

Announcements are hints: they come after the commit, out of order, and one may be lost with the process that was to
send it. So the listener reads what is newer than what it has seen of a workspace, when it is told and every two seconds.
"""

import asyncio
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from core.database.announcements import WATCHERS_LOCK, subject
from core.database.event_loops import per_loop
from core.database.listener import HEARTBEAT, Payloads, answered, connect, listen
from core.outputs import log_context

CHANNEL: Final = "generation_events"
PROCESS: Final = uuid.uuid4()
"""This process. While it lives and listens, its listener's connection holds a lock of that name; see `presence`."""
QUEUE_SIZE = 256
AT_ONCE: Final = 200
"""Events of one workspace that are read at once."""
_present = threading.Event()
_BE_PRESENT: Final = "SELECT pg_try_advisory_lock(hashtextextended('process:' || %s::text, 0))"
_SUBJECT: Final = WATCHERS_LOCK.format(subject="subject")
_JOIN: Final = f"""
    SELECT workspace, coalesce((SELECT max(id) FROM generation_event WHERE workspace_id = workspace), 0)
    FROM unnest(%s::uuid[], %s::text[]) AS joining (workspace, subject), pg_advisory_lock_shared({_SUBJECT})
"""  # noqa: S608 -- constants
_LEAVE: Final = f"SELECT pg_advisory_unlock_shared({_SUBJECT}) FROM unnest(%s::text[]) AS subject"  # noqa: S608 -- constants
_NEWER: Final = """
    SELECT event.* FROM unnest(%s::uuid[], %s::bigint[]) AS watched (workspace, seen), LATERAL (
        SELECT id, workspace_id, generation_id, kind, data FROM generation_event
        WHERE workspace_id = watched.workspace AND id > watched.seen ORDER BY id LIMIT %s
    ) AS event ORDER BY event.id
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
    """A watcher's queue.

    Attributes:
        queue: events in their order, each once.
        behind: whether the watcher has to read the rows: at first, and after more events than the queue holds.
        joined_at: since when (monotonic seconds) events come to the queue; 0 until then.
    """

    queue: asyncio.Queue[StreamedEvent | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_SIZE))
    behind: bool = False
    joined_at: float = 0.0

    def offer(self, happening: StreamedEvent) -> None:
        """Enqueue an event, or mark the watcher as behind if the queue is full."""
        try:
            self.queue.put_nowait(happening)
        except asyncio.QueueFull:
            self.behind = True

    def join(self) -> None:
        """Have the watcher read the rows: what comes after them comes to the queue."""
        self.joined_at = time.monotonic()
        self.behind = True
        if self.queue.empty():
            self.queue.put_nowait(None)


@dataclass(slots=True)
class _Watched:
    """A workspace that somebody watches; `seen` is the newest event that was offered, None before it has joined."""

    subscribers: set[Subscriber] = field(default_factory=set)
    seen: int | None = None


class EventListener:
    """Listens while anybody watches; a database that is away or silent makes events late, and loses none."""

    def __init__(self) -> None:
        self._watched: dict[uuid.UUID, _Watched] = {}
        self._left: list[uuid.UUID] = []
        self._hinted: set[uuid.UUID] = set()
        self._wake = asyncio.Event()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, workspace: uuid.UUID) -> AsyncIterator[Subscriber]:
        """Watch a workspace's events; the subscriber is told to read the rows as soon as they come to it."""
        subscriber = Subscriber()
        watched = self._watched.setdefault(workspace, _Watched())
        watched.subscribers.add(subscriber)
        if watched.seen is not None:
            subscriber.join()
        self._listen()
        self._wake.set()
        try:
            yield subscriber
        finally:
            watched.subscribers.discard(subscriber)
            if not watched.subscribers:
                del self._watched[workspace]
                if watched.seen is not None:
                    self._left.append(workspace)
                    self._wake.set()

    async def start(self) -> None:
        """Listen from now on, and be present."""
        self._listen()
        await self._ready.wait()

    def _listen(self) -> None:
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = log_context.start_detached(listen(CHANNEL, self._serve))

    async def close(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self, announced: Payloads) -> None:
        """Take announcements as they come, and read together the rows of all that came meanwhile."""
        with _absent_afterwards():
            async with await connect() as eye, asyncio.TaskGroup() as tasks:
                await _be_present(eye)
                self._ready.set()
                reading = tasks.create_task(self._read(eye))
                async for payload in announced:
                    workspace = uuid.UUID(payload.partition(" ")[0])
                    if workspace in self._watched:
                        self._hinted.add(workspace)
                        self._wake.set()
                reading.cancel()

    async def _read(self, eye: psycopg.AsyncConnection) -> None:
        """Offer what is new of all watched workspaces: first on this connection, then as it is announced or late."""
        joined: set[uuid.UUID] = set()
        look_at = 0.0
        while True:
            self._wake.clear()
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + HEARTBEAT
                self._hinted = set(self._watched)
                await _be_present(eye)
            await answered(eye, self._look(eye, joined))
            if not self._hinted:
                await _wait(self._wake, look_at - time.monotonic())

    async def _look(self, eye: psycopg.AsyncConnection, joined: set[uuid.UUID]) -> None:
        await self._leave(eye, joined)
        await self._join(eye, joined)
        await self._offer_new(eye)

    async def _join(self, eye: psycopg.AsyncConnection, joined: set[uuid.UUID]) -> None:
        """Say on this connection what is watched, and note how far its events have come."""
        if not (new := [workspace for workspace in self._watched if workspace not in joined]):
            return
        found = await eye.execute(_JOIN, [new, [_subject(workspace) for workspace in new]])
        joined.update(new)
        async for workspace, newest in found:
            watched = self._watched.get(workspace)
            if watched and watched.seen is None:
                watched.seen = newest
                for subscriber in watched.subscribers:
                    subscriber.join()
            elif watched is None:
                self._left.append(workspace)

    async def _leave(self, eye: psycopg.AsyncConnection, joined: set[uuid.UUID]) -> None:
        """Take back what is no longer watched; what is watched again joins anew."""
        gone, self._left = joined.intersection(self._left), []
        if gone:
            joined -= gone
            await eye.execute(_LEAVE, [[_subject(workspace) for workspace in gone]])

    async def _offer_new(self, eye: psycopg.AsyncConnection) -> None:
        """Read what is newer than what was seen of the hinted workspaces; where there is more, hint again."""
        hinted, self._hinted = self._hinted, set()
        asked = {
            key: watched for key in hinted if (watched := self._watched.get(key)) and watched.seen is not None
        }
        if not asked:
            return
        seen = [watched.seen for watched in asked.values()]
        counts = Counter[uuid.UUID]()
        for happening in await find_events(eye, _NEWER, [list(asked), seen, AT_ONCE]):
            counts[happening.workspace] += 1
            watched = asked[happening.workspace]
            watched.seen = happening.id
            for subscriber in tuple(watched.subscribers):
                subscriber.offer(happening)
        self._hinted.update(key for key, count in counts.items() if count == AT_ONCE)


def presence() -> uuid.UUID | None:
    """Return the name by which others can tell whether this process still lives; None before it has listened.

    PostgreSQL frees the lock when the process dies, however it dies.
    """
    return PROCESS if _present.is_set() else None


async def _be_present(eye: psycopg.AsyncConnection) -> None:
    """Take the lock of our name, unless we have it: a connection that died may keep it for a while yet."""
    if not _present.is_set() and await answered(eye, _lock_presence(eye)):
        _present.set()


async def _lock_presence(eye: psycopg.AsyncConnection) -> bool:
    cursor = await eye.execute(_BE_PRESENT, [PROCESS])
    row = await cursor.fetchone()
    return bool(row and row[0])


@contextmanager
def _absent_afterwards() -> Iterator[None]:
    """Sign calls with our name only while its lock is held."""
    try:
        yield
    finally:
        _present.clear()


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


async def _wait(wake: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()


def _subject(workspace: uuid.UUID) -> str:
    return subject(CHANNEL, str(workspace))
