"""Completion notices from providers, passed from the process that receives them to the one that waits."""

import asyncio
from collections import OrderedDict

from django.db import connection

from core.database.event_loops import per_loop
from core.database.listener import Payloads, listen
from core.outputs import log_context

CHANNEL = "generation_news"
KEPT = 1_000


def publish(request: str) -> None:
    """Announce a notice about a provider's request; nothing happens if nobody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, request])


async def wait_for(request: str, seconds: float) -> bool:
    """Wait for a notice about a request, for at most `seconds`; return whether there was one."""
    return await _listener().hear(request, seconds)


class NoticeListener:
    """Listens from the first wait on, and remembers notices that came a moment too early.

    A waiter asks the provider anyway when its time is up, so nothing depends on notices that were missed.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}
        self._early: OrderedDict[str, None] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    async def hear(self, request: str, seconds: float) -> bool:
        """Wait for a notice about a request, for at most `seconds`; return whether there was one."""
        if self._task is None or self._task.done():
            self._task = log_context.start_detached(listen(CHANNEL, self._serve))
        if request in self._early:
            del self._early[request]
            return True
        event = self._waiting.setdefault(request, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(request, None)
        return True

    async def _serve(self, told: Payloads) -> None:
        async for request in told:
            self._take(request)

    def _take(self, request: str) -> None:
        if event := self._waiting.get(request):
            event.set()
            return
        self._early[request] = None
        if len(self._early) > KEPT:
            self._early.popitem(last=False)


@per_loop
def _listener() -> NoticeListener:
    """Return the running loop's listener."""
    return NoticeListener()
