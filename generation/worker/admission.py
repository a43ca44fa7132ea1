"""Admission of parked images as soon as their provider may be called again, before the next sweep."""

import asyncio
import logging
import math

from django.db import Error, connection

from core.database.asynchronous import in_db_thread
from core.database.event_loops import per_loop
from core.outputs import log_context

AT_ONCE = 100
SHORTEST, LONGEST = 0.05, 20.0
"""Seconds between two admissions; the sweeper admits as often as the longest, even if this process has died."""
_ADMIT = "SELECT generation_admit(%s, %s)"
_WAIT = """
    SELECT coalesce(
        (
            SELECT greatest(0, extract(epoch FROM probe_at - clock_timestamp())::double precision)
            FROM generation_circuit
            WHERE provider_id = %(provider)s AND state <> 'closed' AND probe_at IS NOT NULL
        ),
        (
            SELECT min(wait) FROM (
                SELECT generation_pace_wait(%(provider)s, slug, image_references) AS wait
                FROM generation_pace AS pace
                JOIN generation_imagemodel AS model ON coalesce(model.shares_limits_of_id, model.slug) = pace.model_id
                CROSS JOIN LATERAL (
                    -- How many references they have matters where those are limited; else one of them will do.
                    (SELECT 0 WHERE num_nonnulls(pace.input_images_per_minute, pace.input_images_paused_until) = 0
                         AND (
                             SELECT id FROM generation_image WHERE parked_at IS NOT NULL AND provider_id = %(provider)s
                                 AND model_id = model.slug ORDER BY lane, id LIMIT 1
                         ) IS NOT NULL)
                    UNION ALL
                    (SELECT DISTINCT cardinality(generation."references") FROM generation_image AS image
                     JOIN generation_generation AS generation ON generation.id = image.generation_id
                     WHERE image.parked_at IS NOT NULL AND image.provider_id = %(provider)s
                         AND image.model_id = model.slug
                         AND num_nonnulls(pace.input_images_per_minute, pace.input_images_paused_until) > 0)
                ) AS kinds (image_references)
                WHERE pace.provider_id = %(provider)s
            ) AS waits WHERE wait > 0
        )
    )
    WHERE (
        SELECT id FROM generation_image WHERE parked_at IS NOT NULL AND provider_id = %(provider)s
        ORDER BY lane, id LIMIT 1
    ) IS NOT NULL
"""
_log = logging.getLogger(__name__)


class AdmissionTimer:
    """A timer per provider with parked images. Several workers may each have one: the database decides."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._at: dict[str, float] = {}

    def expect(self, provider: str, seconds: float) -> None:
        """Admit images of a provider in so many seconds; infinite if the end of another call admits them."""
        if math.isinf(seconds):
            return
        at = asyncio.get_running_loop().time() + min(LONGEST, max(SHORTEST, seconds))
        if provider in self._at and self._at[provider] <= at:
            return
        self._at[provider] = at
        if (known := self._tasks.get(provider)) and not known.done():
            known.cancel()
        self._tasks[provider] = log_context.start_detached(self._admit_at(provider, at))

    async def _admit_at(self, provider: str, at: float) -> None:
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
    """Admit parked images of a provider while it takes more. Do not call it inside a transaction.

    Args:
        provider: the provider's slug.
        most: the most images to admit.

    Returns:
        The number of admitted images.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ADMIT, [provider, most])
        (admitted,) = cursor.fetchone() or (0,)
    return int(admitted)


def admit_and_wait(provider: str, most: int) -> float | None:
    """Admit parked images of a provider.

    Returns:
        Seconds until more may be admitted; None if none are parked, or if that is when another call has ended.
    """
    admit(provider, most)
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, {"provider": provider})
        (seconds,) = cursor.fetchone() or (None,)
    return None if seconds is None else float(seconds)
