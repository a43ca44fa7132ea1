"""A limit on each workspace's use of a process, so that waiting for its locks does not hold up others.

A process has few connections. Without this, thirty orders of a workspace whose wallet is locked hold all of
them, and everybody else waits with them.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from uuid import UUID

from django.conf import settings

from core.database.connections import on_release, release_connection
from core.errors import Refusal

STALL_SECONDS = 1.5
"""Seconds for which a queue of requests may stand still: less than we wait for a lock."""

type SlotRequest = Future[None]
"""Done once the slot is held."""


class WorkspaceBusy(Refusal):
    """The workspace's earlier requests make no progress."""

    code = "workspace_busy"
    status = 503


@dataclass(slots=True)
class _WorkspaceQueue:
    """A workspace's slots in use, the queue for them, and when one was last taken or freed."""

    held: set[SlotRequest] = field(default_factory=set)
    waiting: deque[SlotRequest] = field(default_factory=deque)
    moved_at: float = field(default_factory=time.monotonic)


class FairShares:
    """Slots for each workspace, first come, first served; exact within this process.

    Args:
        most: how many slots a workspace has.
        patience: seconds for which a queue may stand still. Then everybody in it is refused, and whoever
            comes while it stands still is refused at once; a queue that moves serves everybody in turn.
    """

    def __init__(self, most: int, patience: float = math.inf) -> None:
        self.most, self.patience = most, patience
        self._queues: dict[UUID, _WorkspaceQueue] = {}
        self._lock = Lock()

    @contextmanager
    def hold(self, workspace: UUID) -> Iterator[None]:
        """Hold a slot of the workspace on a thread, whose connection is returned if none is free yet.

        A thread that returns its connection later, to wait for an image or another machine, frees the slot
        with it.

        Raises:
            WorkspaceBusy: the queue has stood still for too long.
        """
        request = self._request(workspace)
        try:
            if not request.done():
                release_connection()
            while not request.done():
                wait([request], self._left(workspace))
            with on_release(partial(self._leave, workspace, request)):
                yield
        finally:
            self._leave(workspace, request)

    @asynccontextmanager
    async def hold_later(self, workspace: UUID) -> AsyncIterator[None]:
        """Hold a slot of the workspace on an event loop.

        Raises:
            WorkspaceBusy: the queue has stood still for too long.
        """
        request = self._request(workspace)
        try:
            if not request.done():
                turn = asyncio.wrap_future(request)
                while not turn.done():
                    await asyncio.wait([turn], timeout=self._left(workspace))
            yield
        finally:
            self._leave(workspace, request)

    def _request(self, workspace: UUID) -> SlotRequest:
        request: SlotRequest = Future()
        with self._lock:
            queue = self._queues.setdefault(workspace, _WorkspaceQueue())
            if len(queue.held) < self.most:
                queue.held.add(request)
                queue.moved_at = time.monotonic()
                request.set_result(None)
            else:
                queue.waiting.append(request)
        return request

    def _left(self, workspace: UUID) -> float | None:
        """Return the seconds until the queue has stood still for too long; None without a limit."""
        if math.isinf(self.patience):
            return None
        left = self._queues[workspace].moved_at + self.patience - time.monotonic()
        if left <= 0:
            raise WorkspaceBusy(
                "This workspace's other requests are held up right now. Nothing was charged; try again in 2 seconds.",
                retry_after=2,
            )
        return left

    def _leave(self, workspace: UUID, request: SlotRequest) -> None:
        """Pass the slot to the first in the queue, or leave the queue; leaving twice does nothing."""
        with self._lock:
            queue = self._queues.get(workspace)
            if queue is None:
                return
            if request in queue.held:
                queue.held.remove(request)
                queue.moved_at = time.monotonic()
                if queue.waiting:
                    next_request = queue.waiting.popleft()
                    queue.held.add(next_request)
                    next_request.set_result(None)
            elif request in queue.waiting:
                queue.waiting.remove(request)
            if not queue.held:
                del self._queues[workspace]


request_shares = FairShares(settings.WORKSPACE_SHARE, STALL_SECONDS)
"""For requests to pages and the native API, each of which holds a connection."""
