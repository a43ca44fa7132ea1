"""Who lets parked images in when their provider may be called again, in time rather than with the next sweep."""

import asyncio
import logging
import math

from django.db import Error

from core.loops import per_loop
from generation import outcomes
from generation.db import db

AT_ONCE = 100
SHORTEST, LONGEST = 0.05, 20.0
"""Seconds between two looks; the sweeper looks as often as the longest, whoever has died."""
_log = logging.getLogger(__name__)


class Doorman:
    """A timer for each provider that has parked images. Several workers may each have one: the database decides."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._at: dict[str, float] = {}

    def expect(self, provider: str, seconds: float) -> None:
        """Look whom the provider lets in after so many seconds; infinite: whoever's call ends will."""
        if math.isinf(seconds):
            return
        at = asyncio.get_running_loop().time() + min(LONGEST, max(SHORTEST, seconds))
        if provider in self._at and self._at[provider] <= at:
            return
        self._at[provider] = at
        if (known := self._tasks.get(provider)) and not known.done():
            known.cancel()
        self._tasks[provider] = asyncio.create_task(self._look(provider, at))

    async def _look(self, provider: str, at: float) -> None:
        await asyncio.sleep(at - asyncio.get_running_loop().time())
        self._at.pop(provider, None)
        try:
            seconds = await db(outcomes.admit_and_wait)(provider, AT_ONCE)
        except Error:
            _log.warning("%s's parked images wait for the sweeper.", provider, exc_info=True)
            return
        if seconds is not None:
            self._tasks.pop(provider, None)
            self.expect(provider, seconds)


@per_loop
def doorman() -> Doorman:
    """The running loop's."""
    return Doorman()
