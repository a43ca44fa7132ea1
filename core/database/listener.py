"""A loop that listens to a PostgreSQL channel and reconnects whenever the connection dies or falls silent."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import psycopg

from core.database import availability

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 3.0
HEARTBEAT: Final = 2.0
"""Seconds after which a listener asks whether anybody is there, and looks for what was not announced to it."""
ANSWER: Final = 5.0
"""Seconds after which a connection without an answer is given up. TCP's own time-outs notice no server that is
frozen, and no pooler whose server is away."""
_log = logging.getLogger(__name__)

type Payloads = AsyncIterator[str]


async def listen(channel: str, serve: Callable[[Payloads], Awaitable[None]]) -> None:
    """Listen to a channel until canceled.

    Args:
        channel: name of the channel.
        serve: called once per connection, as soon as it listens, with the payloads as they come. What is announced
            between two connections is lost. A database error raised by it leads to a new connection as well.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            async with await connect() as connection:
                await answered(connection, connection.execute(f"LISTEN {channel}"))
                pause = FIRST_PAUSE
                await serve(_payloads(connection))
        except* psycopg.Error as errors:
            _log.warning("Listening to %s was interrupted; trying again: %s", channel, errors.exceptions[0])
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def answered[R](connection: psycopg.AsyncConnection, work: Coroutine[Any, Any, R]) -> R:
    """Await `work`, which asks this connection something; end the connection if there is no answer.

    Work that is canceled ends the connection, too, instead of having psycopg wait for a server to confirm that.

    Raises:
        psycopg.OperationalError: there was no answer.
    """
    asking = asyncio.create_task(work)
    # Where nobody waits for it any more, its error is of no interest.
    asking.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        await asyncio.wait({asking}, timeout=ANSWER)
    finally:
        if not asking.done():
            _hang_up(connection)
            await asyncio.wait({asking}, timeout=FIRST_PAUSE)
    return asking.result()


async def connect() -> psycopg.AsyncConnection:
    """Open a connection of our own to Django's database: not from a pool, since it listens."""
    known = {"application_name": "createio-events", **availability.connection_parameters()}
    return await psycopg.AsyncConnection.connect(**known, autocommit=True)


async def _payloads(connection: psycopg.AsyncConnection) -> Payloads:
    while True:
        async for notice in connection.notifies(timeout=HEARTBEAT):
            yield notice.payload
        await answered(connection, connection.execute("SELECT 1"))


def _hang_up(connection: psycopg.AsyncConnection) -> None:
    """End a connection so that whoever waits for its answer finds its end."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
