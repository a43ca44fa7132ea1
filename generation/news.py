"""What providers tell us about requests, from the process that they reach to the one that waits."""

import asyncio
import logging
from collections import OrderedDict
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection

from generation.hub import FIRST_PAUSE, LONGEST_PAUSE, connect

CHANNEL = "generation_news"
KEPT = 1_000
_log = logging.getLogger(__name__)
_ears: WeakKeyDictionary[asyncio.AbstractEventLoop, "Ear"] = WeakKeyDictionary()


def tell(request: str) -> None:
    """There is news of a provider's request; nothing happens where nobody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, request])


async def hear(request: str, seconds: float) -> bool:
    """Wait so long for news of a request; whether there was any."""
    return await _ears.setdefault(asyncio.get_running_loop(), Ear()).hear(request, seconds)


class Ear:
    """Listens from the first wait on, and remembers what came a moment too early.

    Whoever waits asks the provider anyway when the time is up, so nothing depends on news that were missed.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}
        self._early: OrderedDict[str, None] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    async def hear(self, request: str, seconds: float) -> bool:
        """Wait so long for news of a request; whether there was any."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
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

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with await connect() as ear:
                    await ear.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE
                    async for notice in ear.notifies():
                        self._take(notice.payload)
            except psycopg.Error as error:
                _log.warning("Listening for news was interrupted; trying again: %s", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _take(self, request: str) -> None:
        if event := self._waiting.get(request):
            event.set()
            return
        self._early[request] = None
        if len(self._early) > KEPT:
            self._early.popitem(last=False)
