"""Limit on the number of images in memory at once."""

import asyncio

from core.database.event_loops import per_loop

SLOTS = 24
TIMEOUT_SECONDS = 5.0


class MemorySlot:
    """One image's slot among this process's `SLOTS`, from the answer's first byte to the stored file.

    500 answers in one second would fill the memory; what is not read waits in the kernel. A slow answer keeps its
    slot for `TIMEOUT_SECONDS` seconds and then reads on without one, so that slow ones can't hold up the others.
    """

    def __init__(self) -> None:
        self._gate: asyncio.Semaphore | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        """Wait for a slot unless it has one; an adapter calls this before it reads an image."""
        if self._gate:
            return
        gate = _slots()
        await gate.acquire()
        self._gate = gate
        self._timer = asyncio.get_running_loop().call_later(TIMEOUT_SECONDS, self.leave)

    def keep(self) -> None:
        """Keep the slot until `leave`: everything is read, so the time limit no longer applies."""
        if self._timer:
            self._timer.cancel()

    def leave(self) -> None:
        """Release the slot; doing it twice, or without one, changes nothing."""
        self.keep()
        if self._gate:
            self._gate.release()
            self._gate = None


@per_loop
def _slots() -> asyncio.Semaphore:
    """Return the running loop's slots."""
    return asyncio.Semaphore(SLOTS)
