"""Waiting for generations: thousands of calls at once, without a thread, a connection or a query for each.

`generation.events.listener` passes every event of a workspace to everybody who watches that workspace. A thousand calls
of one workspace would thus receive each other's events a million times over; here one watches for all of them
and passes each event to the one call that it is for.
"""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from django.db import Error

from core.database.asynchronous import in_db_thread
from core.database.event_loops import per_loop
from generation.events.listener import StreamedEvent, event_listener
from generation.events.sse import FINAL
from generation.models import FINISHED, Generation

RECENT: Final = 30.0
"""Seconds for which events are remembered, for a call that begins to wait just after they happened."""
LOOK_AFTER: Final = 15.0
"""Seconds of silence after which the database is asked anyway."""
IDLE: Final = 60.0
"""Seconds for which an idle workspace is still watched; its next call then starts without a query."""

_log = logging.getLogger(__name__)

type Ends = asyncio.Queue[StreamedEvent]


class WorkspaceWaiters:
    """Watches one workspace for all calls that wait in it."""

    def __init__(self, workspace: uuid.UUID) -> None:
        self.workspace = workspace
        self.since = float("inf")
        self._waiting: dict[uuid.UUID, set[Ends]] = {}
        self._recent: dict[uuid.UUID, deque[StreamedEvent]] = {}
        self._told: deque[tuple[float, uuid.UUID]] = deque()
        self._idle_since = time.monotonic()
        self._looking = asyncio.Event()
        self.task = asyncio.create_task(self._serve())

    @contextmanager
    def wait(self, generation: uuid.UUID, begun: float) -> Iterator[Ends]:
        """Queue the generation's events as they arrive, and recent ones since `begun` (monotonic seconds)."""
        queue: Ends = asyncio.Queue()
        for happening in self._recent.get(generation, ()):
            queue.put_nowait(happening)
        self._waiting.setdefault(generation, set()).add(queue)
        if begun <= self.since:
            self._looking.set()
        try:
            yield queue
        finally:
            calls = self._waiting[generation]
            calls.discard(queue)
            if not calls:
                del self._waiting[generation]
            self._idle_since = time.monotonic()

    async def _serve(self) -> None:
        async with event_listener().watch(self.workspace) as watcher:
            self.since = time.monotonic()
            watcher.behind = True
            while self._waiting or time.monotonic() - self._idle_since < IDLE:
                if watcher.behind or self._looking.is_set():
                    watcher.behind = False
                    self._looking.clear()
                    await self._look()
                happening = await self._next(watcher.queue)
                if happening:
                    self._tell(happening)

    async def _next(self, queue: "asyncio.Queue[StreamedEvent | None]") -> StreamedEvent | None:
        """Wait for the next event; None if it is time to look."""
        if not queue.empty():
            return queue.get_nowait()
        heard, asked = asyncio.create_task(queue.get()), asyncio.create_task(self._looking.wait())
        done, pending = await asyncio.wait(
            {heard, asked}, timeout=LOOK_AFTER, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        if heard in done:
            return heard.result()
        self._looking.set()
        return None

    async def _look(self) -> None:
        """Ask the database which generations have ended: notifications of a lost connection are lost.

        A database that can't be reached is asked again: no waiting call may be forgotten.
        """
        if not self._waiting:
            return
        try:
            ended = await in_db_thread(_ended)(self.workspace, list(self._waiting))
        except Error as error:
            _log.warning(
                "Generations that are waited for could not be looked at; again in a second: %s", error
            )
            await asyncio.sleep(1)
            self._looking.set()
            return
        for happening in ended:
            self._tell(happening)

    def _tell(self, happening: StreamedEvent) -> None:
        now = time.monotonic()
        while self._told and self._told[0][0] < now - RECENT:
            self._forget_first(self._told.popleft()[1])
        self._told.append((now, happening.generation))
        self._recent.setdefault(happening.generation, deque()).append(happening)
        for queue in self._waiting.get(happening.generation, ()):
            queue.put_nowait(happening)

    def _forget_first(self, generation: uuid.UUID) -> None:
        events = self._recent[generation]
        events.popleft()
        if not events:
            del self._recent[generation]


@per_loop
def _by_workspace() -> dict[uuid.UUID, WorkspaceWaiters]:
    """Return the running loop's waiters by workspace."""
    return {}


def workspace_waiters(workspace: uuid.UUID) -> WorkspaceWaiters:
    """Return the running loop's waiters for a workspace; they begin to listen with the first."""
    by_workspace = _by_workspace()
    found = by_workspace.get(workspace)
    if found is None or found.task.done():
        found = by_workspace[workspace] = WorkspaceWaiters(workspace)
        found.task.add_done_callback(
            lambda _: by_workspace.pop(workspace, None) if by_workspace.get(workspace) is found else None
        )
    return found


async def follow_generation(
    workspace: uuid.UUID, generation: uuid.UUID, begun: float = 0.0
) -> AsyncIterator[StreamedEvent]:
    """Yield a generation's events up to its end, which is the last one; old events may be left out.

    Args:
        workspace: whose it is.
        generation: its id.
        begun: `time.monotonic()` of just before it was submitted, 0 for one that was begun by an earlier
            call.
    """
    with workspace_waiters(workspace).wait(generation, begun) as queue:
        while True:
            happening = await queue.get()
            yield happening
            if happening.kind in FINAL:
                return


async def wait_until_finished(
    workspace: uuid.UUID, generation: uuid.UUID, seconds: float, begun: float = 0.0
) -> bool:
    """Wait for a generation's end; return False if it has not come within `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for _ in follow_generation(workspace, generation, begun):
                pass
            return True
    return False


def _ended(workspace: uuid.UUID, generations: list[uuid.UUID]) -> list[StreamedEvent]:
    found = Generation.objects.filter(workspace_id=workspace, pk__in=generations, status__in=FINISHED)
    return [
        StreamedEvent(0, workspace, key, f"generation.{status}", {})
        for key, status in found.values_list("pk", "status")
    ]
