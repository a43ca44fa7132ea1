"""Who lets parked images in when their provider may be called again, in time rather than with the next sweep."""

import asyncio
import logging
import math

from django.db import Error, connection

from core.database.asynchronous import in_db_thread
from core.database.event_loops import per_loop

AT_ONCE = 100
SHORTEST, LONGEST = 0.05, 20.0
"""Seconds between two looks; the sweeper looks as often as the longest, whoever has died."""
_ADMIT = "SELECT generation_admit(%s, %s)"
_WAIT = """
    SELECT coalesce(
        (
            SELECT greatest(0, extract(epoch FROM probe_at - clock_timestamp())::double precision)
            FROM generation_circuit
            WHERE provider_id = %(provider)s AND state <> 'closed' AND probe_at IS NOT NULL
        ),
        (
            SELECT min(pause) FROM (
                SELECT generation_pause(provider_id, model_id, per_minute, paused_until) AS pause
                FROM generation_pace WHERE provider_id = %(provider)s
            ) AS paces WHERE pause > 0
        )
    )
    WHERE EXISTS (
        SELECT FROM generation_image AS image
        JOIN generation_generation AS generation ON generation.id = image.generation_id
        JOIN generation_imagemodel AS model ON model.slug = generation.model_id
        WHERE image.parked_at IS NOT NULL AND image.status = 'waiting'
            AND CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END = %(provider)s
    )
"""
_log = logging.getLogger(__name__)


class AdmissionTimer:
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
            seconds = await in_db_thread(admit_and_wait)(provider, AT_ONCE)
        except Error:
            _log.warning("%s's parked images wait for the sweeper.", provider, exc_info=True)
            return
        if seconds is not None:
            self._tasks.pop(provider, None)
            self.expect(provider, seconds)


@per_loop
def admission_timer() -> AdmissionTimer:
    """Return the running loop's timer."""
    return AdmissionTimer()


def admit(provider: str, most: int) -> int:
    """Let parked images of a provider run while there is room; how many. Never inside another transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_ADMIT, [provider, most])
        (admitted,) = cursor.fetchone() or (0,)
    return int(admitted)


def admit_and_wait(provider: str, most: int) -> float | None:
    """Let parked images of a provider run.

    Returns:
        Seconds until more may; None where none are parked, or where that is when another call has ended.
    """
    admit(provider, most)
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, {"provider": provider})
        (seconds,) = cursor.fetchone() or (None,)
    return None if seconds is None else float(seconds)
