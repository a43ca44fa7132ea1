"""How long a call may take, where the time that it waits in the provider's queue is not its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

QUEUE_SECONDS: Final = 600.0
"""Seconds that a request may wait in its provider's queue: as long as attempts for an image may begin."""
GRACE: Final = 5.0
"""Seconds after which we end a wait that the provider should have ended by itself."""


class CallClock:
    """Abandons a call in time: after `seconds` of work, and after `queue_seconds` in the provider's queue before it.

    The time in the queue is counted from the start; a request that goes back there is not given more of it.
    """

    def __init__(self, seconds: float, queue_seconds: float) -> None:
        self._seconds = seconds
        self._queue_seconds = queue_seconds
        self._timeout = asyncio.timeout(None)
        self._began = 0.0
        self._waits: bool | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the call; raises `TimeoutError` when its time is up."""
        self._began = asyncio.get_running_loop().time()
        self._timeout = asyncio.timeout_at(self._began + self._seconds)
        async with self._timeout:
            yield

    def show(self, *, waits: bool) -> None:
        """Note whether the request waits in the provider's queue now."""
        if waits == self._waits or self._timeout.when() is None:
            return
        self._waits = waits
        no_longer_queued = self._began + self._queue_seconds + GRACE
        now = asyncio.get_running_loop().time()
        self._timeout.reschedule(no_longer_queued if waits else min(now, no_longer_queued) + self._seconds)
