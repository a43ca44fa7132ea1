"""The last resort: a process that has lost connections for good ends itself, for its supervisor to start it anew.

Connections that are held by nobody who works are never given back; when all are, the process answers `/healthz` and
nothing else. Nothing that we know of loses one (see `accounts.connections`). What will one day costs half a minute then.
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

from accounts import connections
from config import request_threads
from generation import listening

EXIT_CODE: Final = os.EX_TEMPFAIL
AFTER, EVERY = 30.0, 5.0
PATIENCE: Final = 5.0
DRAIN: Final = 20.0
"""Seconds for what is being answered, where the server allows that more."""
log = logging.getLogger("createio.health")


@asynccontextmanager
async def ends_when_lost(app: object) -> AsyncIterator[None]:
    """Watch for as long as the server runs the application (ASGI's lifespan)."""
    request_threads.take_over()
    watching = asyncio.create_task(_watch())
    yield
    if watching.done() and watching.result():
        _end()
    watching.cancel()


async def _watch() -> int:
    """Wait until connections are lost while the database answers, then have the server drain; how many there are."""
    while not ((count := connections.lost(AFTER)) and await _database_answers()):  # noqa: ASYNC110 -- it polls
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
    """Whether it would help to begin anew."""
    with suppress(psycopg.Error, OSError):
        async with asyncio.timeout(PATIENCE), await listening.connect() as connection:
            await connection.execute("SELECT 1")
            return True
    return False


def _end() -> None:
    """At once: threads that wait for a lost connection would hold up a usual end, and SIGTERM hides the code."""
    sentry_sdk.flush()
    os._exit(EXIT_CODE)
