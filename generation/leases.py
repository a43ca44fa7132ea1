"""Claims that this process works on, kept alive by one small statement for all of them."""

import asyncio
import logging
import uuid
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.utils import timezone

from generation.claims import LEASE
from generation.db import db
from generation.models import Image, ImageStatus

_log = logging.getLogger(__name__)
_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, "Keeper"] = WeakKeyDictionary()


class Keeper:
    """Renews the leases of a loop's claims while there are any, and stops the work of those that were lost."""

    def __init__(self) -> None:
        self._work: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._lost: set[uuid.UUID] = set()
        self._beat: asyncio.Task[None] | None = None

    def add(self, attempt: uuid.UUID, task: asyncio.Task[None]) -> None:
        """Keep `attempt`'s claim alive; `task` is cancelled should it be lost."""
        self._work[attempt] = task
        if self._beat is None or self._beat.done():
            self._beat = asyncio.create_task(self._renew_all())

    def drop(self, attempt: uuid.UUID) -> bool:
        """Forget a claim whose work has ended; True where it was lost."""
        self._work.pop(attempt, None)
        if not self._work and self._beat:
            self._beat.cancel()
            self._beat = None
        lost = attempt in self._lost
        self._lost.discard(attempt)
        return lost

    async def _renew_all(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            claims = list(self._work)
            try:
                mine = await db(_renew)(claims)
            except DatabaseError:
                _log.warning("Leases could not be renewed; trying again.", exc_info=True)
                continue
            for attempt in claims:
                if attempt not in mine and (task := self._work.get(attempt)):
                    self._lost.add(attempt)
                    task.cancel()


def keeper() -> Keeper:
    """The running loop's."""
    return _keepers.setdefault(asyncio.get_running_loop(), Keeper())


def _renew(claims: list[uuid.UUID]) -> set[uuid.UUID]:
    running = Image.objects.filter(claim__in=claims, status=ImageStatus.RUNNING)
    running.update(lease_until=timezone.now() + LEASE)
    return {claim for claim in running.values_list("claim", flat=True) if claim}
