"""The database, from asynchronous code.

Django's transactions are synchronous, and its own bridge runs everything on one thread with one connection that
never heals. Here each function runs whole on one of a few threads, so the number of connections does not depend on
how many images are under way, and a connection that died is replaced before the next use.
"""

import asyncio
import functools
import math
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import Error, close_old_connections

from accounts import connections, weather
from accounts.shares import STANDSTILL, Shares

THREADS, SHARE = 8, 3
"""How many threads there are, and on how many of them a workspace's locks may be waited for."""
PATIENCE = 120.0
"""Seconds for which a database that is away is asked again: a restart takes one, a new primary up to sixty."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
TRUSTED = 5.0
"""Seconds for which a connection that just worked is not asked whether it still does: that costs a round trip."""
_thread = threading.local()
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="db")
_work = Shares(SHARE)
CALLS = Shares(SHARE, STANDSTILL)
"""Of calls that somebody waits for."""


def db[**P, R](
    function: Callable[P, R], executor: ThreadPoolExecutor = _executor
) -> Callable[P, Awaitable[R]]:
    """`function`, to be awaited: it may use the ORM, and a transaction begins and ends within it."""

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        call = functools.partial(fresh, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(executor, call)

    return run


async def ask_for[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Like `await db(function)(…)`, for somebody who waits for the answer, on the workspace's share of the threads.

    Raises:
        WorkspaceBusy: the workspace's other calls are held up.
    """
    async with CALLS.hold_later(workspace):
        return await db(function)(*args, **kwargs)


async def work_for[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """The same for work, which waits for its turn: locks of one workspace hold up no other's pictures."""
    async with _work.hold_later(workspace):
        return await db(function)(*args, **kwargs)


async def insist[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Like `work_for`, through a restart of the database and locks of others: tried again for up to `PATIENCE` seconds.

    For functions that may be run twice, since the answer to a commit can be lost.
    """
    return await again(functools.partial(work_for, workspace, function, *args, **kwargs))


async def again[R](work: Callable[[], Awaitable[R]]) -> R:
    """Do something that may be done twice, and do it again while only the database's weather is against it."""
    deadline, pause = math.inf, FIRST_PAUSE
    while True:
        try:
            return await work()
        except Error as error:
            now = asyncio.get_running_loop().time()
            deadline = min(deadline, now + PATIENCE)
            if not weather.passes(error) or now > deadline:
                raise
            if not weather.is_held_up(error):
                weather.note_absence()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def fresh[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` on this thread with a connection that is alive, and leave none behind that is not."""
    if time.monotonic() - getattr(_thread, "used_at", 0.0) > TRUSTED:
        close_old_connections()
    try:
        return connections.work(function, *args, **kwargs)
    except Error:
        close_old_connections()
        raise
    finally:
        _thread.used_at = time.monotonic()
