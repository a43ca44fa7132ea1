"""A wire to a server that can be cut, stalled and mended."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.environment import free_port


class Relay:
    """Passes bytes between `port` and a server on this machine, on a loop and thread of its own."""

    def __init__(self, target: int) -> None:
        self.port, self._target = free_port(), target
        self._loop, self._writers = asyncio.new_event_loop(), set()
        self._server: asyncio.Server | None = None
        self._passing = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.mend()

    def cut(self) -> None:
        """From now on connections are refused, and those that were open are gone."""
        self._do(self._cut())

    def stall(self) -> None:
        """From now on nothing passes, not even that an end hangs up: what was sent meanwhile comes once it is mended."""
        self._loop.call_soon_threadsafe(self._passing.clear)

    def mend(self) -> None:
        """Take connections again, and let pass what came."""
        self._do(self._mend())

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _cut(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        self._passing.set()  # so that whatever waits comes to its end
        for writer in list(self._writers):
            writer.transport.abort()
        if ending := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(ending, timeout=5)

    async def _mend(self) -> None:
        self._passing.set()
        if not self._server:
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def _pass(self, reader, writer) -> None:
        self._writers.add(writer)
        try:
            with suppress(OSError):
                there, out = await asyncio.open_connection("127.0.0.1", self._target)
                self._writers.add(out)
                try:
                    await asyncio.gather(self._pump(reader, out), self._pump(there, writer))
                finally:
                    self._writers.discard(out)
                    out.close()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pump(self, source, target) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._passing.wait()
                target.write(data)
                await target.drain()
        await self._passing.wait()
        target.close()


@contextmanager
def relay(target: int) -> Iterator[Relay]:
    made = Relay(target)
    try:
        yield made
    finally:
        made.close()
