"""The database, from asynchronous code.

Django's transactions are synchronous, and its own bridge runs everything on one thread with one connection that
never heals. Here each function runs whole on one of a few threads, so the number of connections does not depend on
how many images are under way, and a connection that died is replaced before the next use.
"""

import asyncio
import functools
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections

from accounts import connections

THREADS = 8
PATIENCE = 40.0
TRUSTED = 5.0
"""Seconds for which a connection that just worked is not asked whether it still does: that costs a round trip."""
_thread = threading.local()
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="db")


def db[**P, R](function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """`function`, to be awaited: it may use the ORM, and a transaction begins and ends within it."""

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        call = functools.partial(fresh, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(_executor, call)

    return run


async def insist[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Like `await db(function)(…)`, through a restart of the database: tried again for up to `PATIENCE` seconds.

    For functions that may be run twice, since the answer to a commit can be lost.
    """
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + PATIENCE, 0.2
    while True:
        try:
            return await db(function)(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if loop.time() + pause > deadline:
                raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, 3.0)


def fresh[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` on this thread with a connection that is alive, and leave none behind that is not."""
    if time.monotonic() - getattr(_thread, "used_at", 0.0) > TRUSTED:
        close_old_connections()
    try:
        return connections.work(function, *args, **kwargs)
    except DatabaseError:
        close_old_connections()
        raise
    finally:
        _thread.used_at = time.monotonic()
