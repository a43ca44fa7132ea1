"""How many pictures may be in memory at once."""

import asyncio

from core.loops import per_loop

PLACES = 24
PATIENCE = 5.0


class Room:
    """One image's place among the `PLACES` of this process, from the first byte of the answer to the stored file.

    500 answers in one second would fill the memory; what is not read waits in the kernel. A slow answer keeps its
    place for `PATIENCE` seconds and then reads on without one, so that slow ones can't hold up the others.
    """

    def __init__(self) -> None:
        self._gate: asyncio.Semaphore | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        """Wait for a place, where it has none; an adapter calls it before it reads a picture."""
        if self._gate:
            return
        gate = _gate()
        await gate.acquire()
        self._gate = gate
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self.leave)

    def keep(self) -> None:
        """Everything is read: what follows does not depend on anybody's patience."""
        if self._timer:
            self._timer.cancel()

    def leave(self) -> None:
        """Give the place to the next; doing it twice, or without one, changes nothing."""
        self.keep()
        if self._gate:
            self._gate.release()
            self._gate = None


@per_loop
def _gate() -> asyncio.Semaphore:
    """The running loop's places."""
    return asyncio.Semaphore(PLACES)
