"""A wire to PostgreSQL that falls silent: connections stay open, new ones are taken, and nothing comes any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Wire:
    """Passes bytes between `port` and a server's Unix socket until `is_silent`; what comes then is thrown away.

    Attributes:
        port: on the loopback.
        is_silent: whether connections carry nothing; those that were once silent never carry anything again.
        sessions: how many connections were taken.
    """

    def __init__(self, socket: str) -> None:
        self.port, self.is_silent, self.sessions = 0, False, 0
        self._socket = socket
        self._open: set[asyncio.Task[None]] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        current = asyncio.current_task()
        assert current
        self._open.add(current)
        there, out = await asyncio.open_unix_connection(self._socket)
        pumps = [asyncio.ensure_future(self._pump(*ends)) for ends in ((reader, out), (there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            out.close()
            writer.close()
            self._open.discard(current)

    async def close(self) -> None:
        """End what is open."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await asyncio.sleep(0.05)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        dead = False
        with suppress(OSError):
            while data := await source.read(65536):
                dead = dead or self.is_silent
                if not dead:
                    target.write(data)
                    await target.drain()


@asynccontextmanager
async def wire(sockets: str) -> AsyncIterator[Wire]:
    """A wire to the server at that folder of sockets."""
    made = Wire(f"{sockets}/.s.PGSQL.5432")
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
