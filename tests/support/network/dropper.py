"""A proxy between a client and the product that loses answers."""

import asyncio
import contextlib
import socket
import threading


class Dropper:
    """A proxy that swallows whole answers: the request gets through, the connection breaks."""

    def __init__(self, port, drops):
        self.upstream, self.drops = port, drops
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait(10)

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        async with server:
            await self._stop.wait()

    async def _pass(self, reader, writer):
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        drop = self.drops > 0
        self.drops -= 1

        async def up():
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(65536):
                    up_writer.write(data)
                    await up_writer.drain()
            up_writer.close()  # as the client has; kept open, it would be waited for at the end

        sending = asyncio.create_task(up())
        with contextlib.suppress(ConnectionError):
            while data := await up_reader.read(65536):
                if drop:
                    break
                writer.write(data)
                await writer.drain()
        sending.cancel()
        up_writer.close()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.close()

    def stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
