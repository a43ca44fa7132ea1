"""Limits on concurrency in one process, for whatever costs a thread, a child process or much memory.

Nobody holds a database connection while holding a place or waiting for one, and nobody waits for long.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from functools import partial

from core.database.connections import release_connection
from core.errors import Refusal

type Turn = Future[None]

MOST_WAITING = 32
"""Requests of one caller that may wait; the next is refused at once."""


class SlotsBusy(Refusal):
    """The server is busy with other work of this kind at this moment; come back after Retry-After."""

    code = "busy"
    status = 503


class FairSlots:
    """Places that are shared fairly: a caller who wants more than its share waits, even if some are free.

    Args:
        count: how many there are.
        each: how many one caller may have at the same time.
        busy: builds the refusal for callers who get none in time.
    """

    def __init__(self, count: int, *, each: int, busy: Callable[[], Refusal]) -> None:
        self._free, self._each, self._busy = count, each, busy
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Turn, Hashable] = {}
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, whose: Hashable, patience: float = 0.0) -> Iterator[None]:
        """Hold a place during the block; any database query in it would take a connection again.

        Args:
            whose: who counts as one caller.
            patience: seconds to wait, in the order of asking.

        Raises:
            Refusal: there was none in time, or too many requests of the same caller wait already.
        """
        release_connection()
        turn = self._ask(whose)
        try:
            wait([turn], patience)
            if not turn.done():
                raise self._busy()
            yield
        finally:
            self._leave(turn, whose)

    async def take(self, whose: Hashable, patience: float) -> Callable[[], None]:
        """Take a place without blocking a thread; call the result once, from any thread, to leave."""
        turn = self._ask(whose)
        leave = partial(self._leave, turn, whose)
        with ExitStack() as unless_granted:
            unless_granted.callback(leave)
            await asyncio.wait([asyncio.wrap_future(turn)], timeout=patience)
            if not turn.done():
                raise self._busy()
            unless_granted.pop_all()
        return leave

    def _ask(self, whose: Hashable) -> Turn:
        turn: Turn = Future()
        with self._lock:
            if list(self._waiting.values()).count(whose) >= MOST_WAITING:
                raise self._busy()
            self._waiting[turn] = whose
            self._let_in()
        return turn

    def _leave(self, turn: Turn, whose: Hashable) -> None:
        """Give up the place, or the turn if none was granted; the lock keeps that from changing meanwhile."""
        with self._lock:
            if turn.done():
                self._free += 1
                self._held -= Counter([whose])
            else:
                del self._waiting[turn]
            self._let_in()

    def _let_in(self) -> None:
        for turn, whose in list(self._waiting.items()):
            if self._free and self._held[whose] < self._each:
                del self._waiting[turn]
                self._free -= 1
                self._held[whose] += 1
                turn.set_result(None)
