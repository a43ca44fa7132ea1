"""A last resort: a process that leaks database connections ends itself, so that its supervisor restarts it.

Connections that no working thread holds are never returned; when all are lost, the process answers `/healthz`
and nothing else. Nothing that we know of loses one (see `core.database.connections`). If something does one day,
it costs half a minute.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import psycopg
import sentry_sdk

from config.server import request_threads
from core.database import connections, listener

EXIT_CODE: Final = os.EX_TEMPFAIL
AFTER, EVERY = 30.0, 5.0
PATIENCE: Final = 5.0
DRAIN: Final = 20.0
"""Seconds for responses under way, where the server would allow more."""
log = logging.getLogger("createio.health")


@asynccontextmanager
async def exit_when_connections_are_lost(app: object) -> AsyncIterator[None]:
    """Watch for as long as the server runs the application (ASGI's lifespan)."""
    request_threads.take_over()
    watching = asyncio.create_task(_watch())
    yield
    if watching.done() and watching.result():
        _end()
    watching.cancel()


async def _watch() -> int:
    """Wait until connections are lost while the database answers, then have the server drain.

    Returns:
        The number of lost connections.
    """
    while not ((count := connections.count_leaked(AFTER)) and await _database_answers()):  # noqa: ASYNC110 -- it polls
        await asyncio.sleep(EVERY)
    log.critical(
        "Database connections lost: %d. No request has held them for %d seconds; the process ends, to be started anew.",
        count,
        AFTER,
    )
    asyncio.get_running_loop().call_later(DRAIN, _end)
    signal.raise_signal(signal.SIGTERM)
    return count


async def _database_answers() -> bool:
    """Return whether the database answers, so that a restart would help."""
    with suppress(psycopg.Error, OSError):
        async with asyncio.timeout(PATIENCE), await listener.connect() as connection:
            await connection.execute("SELECT 1")
            return True
    return False


def _end() -> None:
    """Exit at once: threads that wait for a connection block a normal exit, and SIGTERM hides the code."""
    sentry_sdk.flush()
    os._exit(EXIT_CODE)
