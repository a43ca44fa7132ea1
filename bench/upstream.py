"""An upstream that answers OpenAI's image call with the same picture after a while, at next to no cost to the machine.

`python -m bench.upstream PORT SECONDS`. A protocol of its own instead of a web framework, since it shares the
machine's cores with what is measured. Every POST is answered; Content-Length and chunked bodies are read over.
"""

import asyncio
import sys

import httptools
import uvloop

from bench.picture import answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_bench\r\nContent-Length: %d\r\n\r\n"


class Upstream(asyncio.Protocol):
    """One connection.

    Args:
        seconds: how long a picture takes.
        whole: the answer, head and body.
    """

    def __init__(self, seconds: float, whole: bytes) -> None:
        self.seconds, self.whole = seconds, whole
        self.parser = httptools.HttpRequestParser(self)
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(
        self, transport: asyncio.WriteTransport
    ) -> None:  # uvloop's, which has no asyncio base
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        asyncio.get_running_loop().call_later(self.seconds, self.reply)

    def reply(self) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(self.whole)


async def main() -> None:
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    body = answer()
    whole = HEAD % len(body) + body
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(seconds, whole), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
