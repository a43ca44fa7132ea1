"""Somebody else's transaction that meets a lock of ours, at the moment that a test wants."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

_WAITS = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


def alone[Answer](work: Callable[[], Answer]) -> Answer:
    """Work in a thread, with a connection of its own."""
    try:
        return work()
    finally:
        connection.close()


def until_it_waits(call: Future[object]) -> None:
    """Until it waits for a lock of ours, or has ended."""
    with connection.cursor() as cursor:
        while not call.done():
            cursor.execute(_WAITS)
            if cursor.fetchone()[0]:
                break


def begun[Answer](pool: ThreadPoolExecutor, work: Callable[[], Answer]) -> Future[Answer]:
    """Somebody else's call, which waits for a lock of ours by now."""
    call = pool.submit(alone, work)
    until_it_waits(call)
    return call
