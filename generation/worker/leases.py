"""Leases of the claims that this process works on, all renewed by one small statement."""

import asyncio
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor

from django.db import Error, connection

from core.database.asynchronous import in_db_thread
from core.database.event_loops import per_loop
from core.outputs import log_context
from generation.lifecycle.claims import LEASE
from generation.models import Image, ImageStatus

EVERY, RETRY_EVERY = LEASE.total_seconds() / 4, 1.0
"""Seconds until the next renewal, and until a failed one is retried: soon, in case the database restarts."""
_RENEW = """
    WITH mine AS (
        SELECT id FROM generation_image WHERE claim = ANY(%s) AND status = 'running' FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE generation_image AS image SET lease_until = now() + make_interval(secs => %s) FROM mine WHERE image.id = mine.id
"""
_log = logging.getLogger(__name__)
_executor = ThreadPoolExecutor(1, thread_name_prefix="leases")
"""A separate thread and connection: work that waits for a lock keeps no lease from being renewed."""


class LeaseRenewer:
    """Renews the leases of a loop's claims while there are any, and cancels the tasks of lost ones."""

    def __init__(self) -> None:
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._lost: set[uuid.UUID] = set()
        self._renewal: asyncio.Task[None] | None = None

    def add(self, attempt: uuid.UUID, task: asyncio.Task[None]) -> None:
        """Renew the lease of `attempt`'s claim from now on; `task` is canceled if the claim is lost."""
        self._tasks[attempt] = task
        if self._renewal is None or self._renewal.done():
            self._renewal = log_context.start_detached(self._renew_all())

    def drop(self, attempt: uuid.UUID) -> bool:
        """Stop renewing a claim whose task has ended.

        Returns:
            Whether the claim was lost.
        """
        self._tasks.pop(attempt, None)
        if not self._tasks and self._renewal:
            self._renewal.cancel()
            self._renewal = None
        lost = attempt in self._lost
        self._lost.discard(attempt)
        return lost

    async def _renew_all(self) -> None:
        pause = EVERY
        while True:
            await asyncio.sleep(pause)
            claims = list(self._tasks)
            try:
                mine = await in_db_thread(_renew, _executor)(claims)
            except Error as error:
                _log.warning("Leases could not be renewed; trying again in a second: %s", error)
                pause = RETRY_EVERY
                continue
            pause = EVERY
            for attempt in claims:
                if attempt not in mine and (task := self._tasks.get(attempt)):
                    self._lost.add(attempt)
                    task.cancel()


@per_loop
def lease_renewer() -> LeaseRenewer:
    """Return the running loop's renewer."""
    return LeaseRenewer()


def _renew(claims: list[uuid.UUID]) -> set[uuid.UUID]:
    """Renew the claims that no other session has locked, by the database's clock.

    Returns:
        The claims that still have their image.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [claims, LEASE.total_seconds()])
    running = Image.objects.filter(claim__in=claims, status=ImageStatus.RUNNING)
    return {claim for claim in running.values_list("claim", flat=True) if claim}
