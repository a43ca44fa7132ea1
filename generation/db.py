"""Database access from asynchronous code.

Django's transactions are synchronous, and its own bridge runs everything on one thread with one connection that
never recovers. Here each function runs entirely on one of a few threads, so the number of connections does not
depend on how many images are under way, and a dead connection is replaced before the next use.
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
"""How many threads there are, and on how many of them calls may wait for one workspace's locks."""
PATIENCE = 120.0
"""Seconds for which an unavailable database is retried: a restart takes one, a new primary up to sixty."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
TRUSTED = 5.0
"""Seconds for which a connection that just worked is not checked again: a check costs a round trip."""
_thread = threading.local()
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="db")
_work = Shares(SHARE)
CALLS = Shares(SHARE, STANDSTILL)
"""Shares of calls that somebody waits for."""


def db[**P, R](
    function: Callable[P, R], executor: ThreadPoolExecutor = _executor
) -> Callable[P, Awaitable[R]]:
    """Make `function` awaitable: it may use the ORM, and a transaction begins and ends within it."""

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        call = functools.partial(fresh, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(executor, call)

    return run


async def ask_for[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run `function` for somebody who waits for the answer, on the workspace's share of the threads.

    Raises:
        WorkspaceBusy: the workspace's other calls are held up.
    """
    async with CALLS.hold_later(workspace):
        return await db(function)(*args, **kwargs)


async def work_for[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run a function for work, which waits for its turn: one workspace's locks hold up no other's images."""
    async with _work.hold_later(workspace):
        return await db(function)(*args, **kwargs)


async def insist[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run `work_for` and retry it for up to `PATIENCE` seconds, through database restarts and others' locks.

    For functions that may run twice, since the answer to a commit can be lost.
    """
    return await again(functools.partial(work_for, workspace, function, *args, **kwargs))


async def again[R](work: Callable[[], Awaitable[R]]) -> R:
    """Run something that may run twice, and repeat it while the database is unavailable or blocked."""
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
    """Call `function` on this thread with a live connection, and leave no dead one behind."""
    if time.monotonic() - getattr(_thread, "used_at", 0.0) > TRUSTED:
        close_old_connections()
    try:
        return connections.work(function, *args, **kwargs)
    except Error:
        close_old_connections()
        raise
    finally:
        _thread.used_at = time.monotonic()
