"""How much of a process one workspace may have at once, so that who waits for its locks does not hold up the others.

A process has few connections. Without this, thirty orders of a workspace whose wallet somebody has locked hold all of
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

from accounts.connections import beside, give_back
from accounts.errors import Refusal

STANDSTILL = 1.5
"""Seconds for which a line of requests may stand still: less than we wait for a lock."""

type Ticket = Future[None]


class WorkspaceBusy(Refusal):
    """What the workspace has asked for already does not come forward."""

    code = "workspace_busy"
    status = 503


@dataclass(slots=True)
class _Line:
    """A workspace's places that are taken, who waits for one, and when one was last taken or left."""

    held: set[Ticket] = field(default_factory=set)
    waiting: deque[Ticket] = field(default_factory=deque)
    moved_at: float = field(default_factory=time.monotonic)


class Shares:
    """Places for each workspace, first come, first served; exact within this process.

    Args:
        most: how many places a workspace has.
        patience: seconds for which a line may stand still. Then everybody in it is refused, and who comes while it
            stands is refused at once; in a line that moves everybody's turn comes.
    """

    def __init__(self, most: int, patience: float = math.inf) -> None:
        self.most, self.patience = most, patience
        self._lines: dict[UUID, _Line] = {}
        self._lock = Lock()

    @contextmanager
    def hold(self, workspace: UUID) -> Iterator[None]:
        """Hold a place of the workspace, on a thread, whose connection is given back where there is none yet.

        Who gives the connection back later, to wait for a picture or another machine, leaves the place with it.

        Raises:
            WorkspaceBusy: none has become free for as long as the line's patience.
        """
        ticket = self._ask(workspace)
        try:
            if not ticket.done():
                give_back()
            while not ticket.done():
                wait([ticket], self._left(workspace))
            with beside(partial(self._leave, workspace, ticket)):
                yield
        finally:
            self._leave(workspace, ticket)

    @asynccontextmanager
    async def hold_later(self, workspace: UUID) -> AsyncIterator[None]:
        """The same on an event loop.

        Raises:
            WorkspaceBusy: none has become free for as long as the line's patience.
        """
        ticket = self._ask(workspace)
        try:
            if not ticket.done():
                turn = asyncio.wrap_future(ticket)
                while not turn.done():
                    await asyncio.wait([turn], timeout=self._left(workspace))
            yield
        finally:
            self._leave(workspace, ticket)

    def _ask(self, workspace: UUID) -> Ticket:
        ticket: Ticket = Future()
        with self._lock:
            line = self._lines.setdefault(workspace, _Line())
            if len(line.held) < self.most:
                line.held.add(ticket)
                line.moved_at = time.monotonic()
                ticket.set_result(None)
            else:
                line.waiting.append(ticket)
        return ticket

    def _left(self, workspace: UUID) -> float | None:
        """Seconds until the line has stood still for too long; None where it may for ever."""
        if math.isinf(self.patience):
            return None
        left = self._lines[workspace].moved_at + self.patience - time.monotonic()
        if left <= 0:
            raise WorkspaceBusy(
                "This workspace's other requests are held up just now. Nothing was charged; try again in 2 seconds.",
                retry_after=2,
            )
        return left

    def _leave(self, workspace: UUID, ticket: Ticket) -> None:
        """Give the place to who waits longest; who had none yet waits no more, and who has left has left."""
        with self._lock:
            line = self._lines.get(workspace)
            if line is None:
                return
            if ticket in line.held:
                line.held.remove(ticket)
                line.moved_at = time.monotonic()
                if line.waiting:
                    heir = line.waiting.popleft()
                    line.held.add(heir)
                    heir.set_result(None)
            elif ticket in line.waiting:
                line.waiting.remove(ticket)
            if not line.held:
                del self._lines[workspace]


of_requests = Shares(settings.WORKSPACE_SHARE, STANDSTILL)
"""Of requests to pages and the native API, each of which holds a connection."""
