"""The store's circuit breaker: nothing is paid for that can't be stored.

Before a paid call a worker makes sure that the store has taken something within the last seconds. Where it has not,
the circuit opens, for all workers: images are parked, and the store is asked every few seconds, which is free. An image
that was paid for when the store went away is held in memory, and stored as soon as the store is back.
"""

import asyncio
import logging
import math
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Final

from django.db import Error, connection

from core.database.asynchronous import in_db_thread
from core.database.event_loops import per_loop
from core.outputs import log_context
from generation.media import storage
from generation.media.executors import in_storage_thread
from generation.media.storage import LastAnswer, ObjectNotFoundError, StorageError
from generation.models import Provider, StoreCircuit
from generation.worker import admission

FRESH: Final = 5.0
"""Seconds for which an answer of the store counts."""
EVERY: Final = 5.0
"""Seconds between two questions while it is away."""
AT_ONCE: Final = 500
_OPEN: Final = """
    WITH before AS (SELECT is_open FROM generation_storecircuit WHERE id = 1)
    INSERT INTO generation_storecircuit AS circuit (id, is_open, since, error)
    VALUES (1, true, clock_timestamp(), %s)
    ON CONFLICT (id) DO UPDATE
    SET is_open = true, error = excluded.error,
        since = CASE WHEN circuit.is_open THEN circuit.since ELSE excluded.since END,
        told_at = CASE WHEN circuit.is_open THEN circuit.told_at END
    RETURNING NOT coalesce((SELECT is_open FROM before), false)
"""
_CLOSE: Final = """
    UPDATE generation_storecircuit SET is_open = false, since = clock_timestamp(), told_at = NULL
    WHERE is_open RETURNING id
"""
_PARK: Final = """
    UPDATE generation_image AS image
    SET parked_at = now(), model_id = model.slug,
        provider_id = CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END
    FROM generation_generation AS generation JOIN generation_imagemodel AS model ON model.slug = generation.model_id
    WHERE image.id = %s AND image.status = 'waiting' AND image.parked_at IS NULL AND generation.id = image.generation_id
"""
_log = logging.getLogger(__name__)


class StoreWatch:
    """What one loop knows of the store. Several workers may each have one: the database's row decides."""

    def __init__(self) -> None:
        self._asking = asyncio.Lock()
        self._failed_at = -math.inf
        self._watching: asyncio.Task[None] | None = None

    async def works(self) -> bool:
        """Return whether the store has taken something within the last seconds, asking it if need be."""
        if LastAnswer.seconds_ago() < FRESH:
            return True
        async with self._asking:
            # Others have asked meanwhile.
            if LastAnswer.seconds_ago() < FRESH:
                return True
            if asyncio.get_running_loop().time() - self._failed_at < FRESH:
                return False
            return await self.ask()

    async def ask(self) -> bool:
        """Ask the store, and open or close the circuit by its answer."""
        try:
            await in_storage_thread(storage.probe)()
        except StorageError as fault:
            await self.failed(fault)
            return False
        await self.worked()
        return True

    async def failed(self, fault: StorageError) -> None:
        """Open the circuit, and ask from now on until the store is back."""
        self._failed_at = asyncio.get_running_loop().time()
        LastAnswer.at = -math.inf
        try:
            await in_db_thread(_open)(str(fault))
        except Error:
            _log.warning("The store's circuit could not be opened.", exc_info=True)
        if self._watching is None or self._watching.done():
            self._watching = log_context.start_detached(self._watch())

    async def worked(self) -> None:
        """Close the circuit if it is open, and admit who waits."""
        self._failed_at = -math.inf
        try:
            await in_db_thread(_close)()
        except Error:
            _log.warning("The store's circuit waits for the sweeper to be closed.", exc_info=True)

    async def store[R](self, work: Callable[[], Awaitable[R]], until: float, stopping: asyncio.Event) -> R:
        """Store what was paid for, again and again while the store is away.

        Args:
            work: stores it under new keys.
            until: when to give up, by `time.monotonic()`.
            stopping: set when this process is told to end.

        Raises:
            StorageError: it could not be stored until then.
        """
        is_late = False
        while True:
            try:
                stored = await work()
            except StorageError as fault:
                await self.failed(fault)
                if stopping.is_set() or time.monotonic() > until:
                    raise
                is_late = True
                try:
                    await asyncio.wait_for(stopping.wait(), EVERY)
                except TimeoutError:
                    continue
            else:
                if is_late:
                    await self.worked()
                return stored

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                if not await in_db_thread(is_open)() or await self.ask():
                    return
            except Error:
                _log.warning("The store's circuit could not be read; trying again.", exc_info=True)


@per_loop
def store_watch() -> StoreWatch:
    """Return the running loop's watch."""
    return StoreWatch()


async def sweep() -> None:
    """Ask the store if the circuit is open: whoever opened it may have died."""
    if await in_db_thread(is_open)():
        await store_watch().ask()


def is_open() -> bool:
    """Return whether images can't be stored now."""
    return StoreCircuit.objects.filter(is_open=True).exists()


def is_away(fault: StorageError) -> bool:
    """Return whether a failure is the store's, rather than that of one object that is gone."""
    return not isinstance(fault, ObjectNotFoundError)


def park(image: uuid.UUID) -> None:
    """Let an image wait without a job until the store is back."""
    with connection.cursor() as cursor:
        cursor.execute(_PARK, [image])


def _open(error: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [error[:500]])
        (is_new,) = cursor.fetchone() or (False,)
    if is_new:
        _log.error("Nothing can be stored, and no provider is called: %s", error)


def _close() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE)
        was_open = cursor.fetchone()
    if not was_open:
        return
    _log.warning("The store is back.")
    for provider in Provider.objects.values_list("slug", flat=True):
        admission.admit(provider, AT_ONCE)
