"""Database access from asynchronous code.

Django's transactions are synchronous, and its own bridge runs everything on one thread with one connection that
never recovers. Here each function runs entirely on one of a few threads, so the number of connections does not
depend on how many images are under way, and a dead connection is replaced before the next use.
"""

import asyncio
import contextvars
import functools
import math
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import Error, close_old_connections

from core.database import availability, connections
from core.fair_shares import STALL_SECONDS, FairShares

THREADS, SHARE = 8, 3
"""The number of threads, and of those on which calls may wait for one workspace's locks."""
RETRY_SECONDS = 120.0
"""Seconds for which an unavailable database is retried: a restart takes one, a new primary up to sixty."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
TRUSTED_SECONDS = 5.0
"""Seconds for which a connection that just worked is not checked again: a check costs a round trip."""
_thread = threading.local()
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="db")
_JOB_SHARES = FairShares(SHARE)
REQUEST_SHARES = FairShares(SHARE, STALL_SECONDS)
"""Shares of calls that requests make."""


def in_db_thread[**P, R](
    function: Callable[P, R], executor: ThreadPoolExecutor = _executor
) -> Callable[P, Awaitable[R]]:
    """Make `function` awaitable: it may use the ORM, and a transaction begins and ends within it."""

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        # Its log lines and spans belong to whoever waits for it.
        context = contextvars.copy_context()
        call = functools.partial(call_with_live_connection, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(executor, context.run, call)

    return run


async def run_for_request[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run `function` for a request, on the workspace's share of the threads.

    Raises:
        WorkspaceBusy: the workspace's other calls are held up.
    """
    async with REQUEST_SHARES.hold_later(workspace):
        return await in_db_thread(function)(*args, **kwargs)


async def run_for_job[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run `function` for a job, which waits for its turn: one workspace's locks hold up no other's images."""
    async with _JOB_SHARES.hold_later(workspace):
        return await in_db_thread(function)(*args, **kwargs)


async def run_for_job_with_retries[**P, R](
    workspace: uuid.UUID, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run `run_for_job` and retry it for up to `RETRY_SECONDS` seconds, through database restarts and others' locks.

    For functions that may run twice, since the answer to a commit can be lost.
    """
    return await retry_while_unavailable(functools.partial(run_for_job, workspace, function, *args, **kwargs))


async def retry_while_unavailable[R](work: Callable[[], Awaitable[R]]) -> R:
    """Run `work`, which may run twice, and repeat it while the database is unavailable or blocked."""
    deadline, pause = math.inf, FIRST_PAUSE
    while True:
        try:
            return await work()
        except Error as error:
            now = asyncio.get_running_loop().time()
            deadline = min(deadline, now + RETRY_SECONDS)
            if not availability.is_transient(error) or now > deadline:
                raise
            if not availability.is_contention(error):
                availability.record_outage()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def call_with_live_connection[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` on this thread with a live connection, and leave no dead one behind."""
    if time.monotonic() - getattr(_thread, "used_at", 0.0) > TRUSTED_SECONDS:
        close_old_connections()
    try:
        return connections.call_and_release(function, *args, **kwargs)
    except Error:
        close_old_connections()
        raise
    finally:
        _thread.used_at = time.monotonic()
