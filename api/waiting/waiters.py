"""Waiting for generations: thousands of calls at once, without a thread, a connection or a query for each.

`generation.events.listener` passes every event of a workspace to all of the workspace's subscribers. A thousand calls
of one workspace would thus receive each other's events, a million in all; here one subscriber serves all of them and
passes each event to the calls that wait for its generation.
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
from core.outputs import log_context
from generation.events.listener import StreamedEvent, event_listener
from generation.events.sse import FINAL
from generation.models import FINISHED, Generation

RECENT: Final = 30.0
"""Seconds for which events are kept, for a call that begins to wait just after they were published."""
IDLE: Final = 60.0
"""Seconds for which an idle workspace is still watched; its next call then starts without a query."""
LOOK: Final = IDLE / 4
"""Seconds without an event after which it is asked whether the workspace is idle."""

_log = logging.getLogger(__name__)

type EventQueue = asyncio.Queue[StreamedEvent]


class WorkspaceWaiters:
    """Subscribes to one workspace's events for all calls that wait in it."""

    def __init__(self, workspace: uuid.UUID) -> None:
        self.workspace = workspace
        self.since = float("inf")
        self._waiting: dict[uuid.UUID, set[EventQueue]] = {}
        self._recent: dict[uuid.UUID, deque[StreamedEvent]] = {}
        self._recent_order: deque[tuple[float, uuid.UUID]] = deque()
        self._idle_since = time.monotonic()
        self._poll_requested = asyncio.Event()
        self.task = log_context.start_detached(self._serve())

    @contextmanager
    def wait(self, generation: uuid.UUID, begun: float) -> Iterator[EventQueue]:
        """Queue the generation's events as they arrive, and recent ones since `begun` (monotonic seconds)."""
        queue: EventQueue = asyncio.Queue()
        for event in self._recent.get(generation, ()):
            queue.put_nowait(event)
        self._waiting.setdefault(generation, set()).add(queue)
        if begun <= self.since:
            self._poll_requested.set()
        try:
            yield queue
        finally:
            queues = self._waiting[generation]
            queues.discard(queue)
            if not queues:
                del self._waiting[generation]
            self._idle_since = time.monotonic()

    async def _serve(self) -> None:
        async with event_listener().watch(self.workspace) as watcher:
            while self._waiting or time.monotonic() - self._idle_since < IDLE:
                if watcher.behind or self._poll_requested.is_set():
                    watcher.behind = False
                    self.since = watcher.joined_at or self.since
                    self._poll_requested.clear()
                    await self._poll()
                event = await self._next(watcher.queue)
                if event:
                    self._deliver(event)

    async def _next(self, queue: "asyncio.Queue[StreamedEvent | None]") -> StreamedEvent | None:
        """Wait for the next event; None if there is something else to do."""
        if not queue.empty():
            return queue.get_nowait()
        received = asyncio.create_task(queue.get())
        requested = asyncio.create_task(self._poll_requested.wait())
        done, pending = await asyncio.wait(
            {received, requested}, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        if received in done:
            return received.result()
        return None

    async def _poll(self) -> None:
        """Query the database for generations that ended before their events were heard.

        A database that can't be reached is queried again: no waiting call may be forgotten.
        """
        if not self._waiting:
            return
        try:
            ended = await in_db_thread(_ended)(self.workspace, list(self._waiting))
        except Error as error:
            _log.warning(
                "Generations that calls wait for could not be read; trying again in a second: %s", error
            )
            await asyncio.sleep(1)
            self._poll_requested.set()
            return
        for event in ended:
            self._deliver(event)

    def _deliver(self, event: StreamedEvent) -> None:
        now = time.monotonic()
        while self._recent_order and self._recent_order[0][0] < now - RECENT:
            self._forget_first(self._recent_order.popleft()[1])
        self._recent_order.append((now, event.generation))
        self._recent.setdefault(event.generation, deque()).append(event)
        for queue in self._waiting.get(event.generation, ()):
            queue.put_nowait(event)

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
    """Return the running loop's waiters for a workspace, which subscribe when the first call waits."""
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
        workspace: id of its workspace.
        generation: its id.
        begun: `time.monotonic()` just before it was submitted; 0 if an earlier call submitted it.
    """
    with workspace_waiters(workspace).wait(generation, begun) as queue:
        while True:
            event = await queue.get()
            yield event
            if event.kind in FINAL:
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
