"""How much of many answers may be in memory at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

PLACES = 48
PATIENCE = 5.0
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@asynccontextmanager
async def reading() -> AsyncIterator[None]:
    """Read a body inside this: at most `PLACES` do at once, so that 500 answers in one second don't fill the memory.

    What is not read waits in the kernel. A slow body keeps its place for `PATIENCE` seconds and then reads on
    without one, so that slow ones can't hold up the others.
    """
    loop = asyncio.get_running_loop()
    gate = _gates.setdefault(loop, asyncio.Semaphore(PLACES))
    await gate.acquire()
    released = False

    def release() -> None:
        nonlocal released
        if not released:
            released = True
            gate.release()

    timer = loop.call_later(PATIENCE, release)
    try:
        yield
    finally:
        timer.cancel()
        release()
