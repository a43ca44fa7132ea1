"""A loop that listens to a PostgreSQL channel and reconnects whenever the connection dies."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg

from core.database import availability

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 3.0
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
                await connection.execute(f"LISTEN {channel}")
                pause = FIRST_PAUSE
                await serve(notice.payload async for notice in connection.notifies())
        except* psycopg.Error as errors:
            _log.warning("Listening to %s was interrupted; trying again: %s", channel, errors.exceptions[0])
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def connect() -> psycopg.AsyncConnection:
    """Open a connection of our own to Django's database: not from a pool, since it listens."""
    known = {"application_name": "createio-events", **availability.connection_parameters()}
    return await psycopg.AsyncConnection.connect(**known, autocommit=True)
