"""An upstream that answers OpenAI's image call with the same image after a delay, at next to no CPU cost.

`python -m bench.upstream PORT SECONDS [FILE]`. A protocol of its own instead of a web framework, since it shares the
machine's cores with what is measured. Every POST is answered; Content-Length and chunked bodies are skipped. The
moderation endpoint passes everything at once, so that a check costs no more than its own work. FILE gets a line for
each response: its call's Idempotency-Key, and when its last byte was handed to the network (Unix time).
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import TextIO

import httptools
import uvloop

from bench.picture import answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_bench\r\nContent-Length: %d\r\n\r\n"

PASSED = b'{"id":"modr-bench","model":"omni-moderation-latest","results":[{"category_scores":{"violence":0.0001}}]}'
CHECKS = b"/moderations"


class Upstream(asyncio.Protocol):
    """One connection.

    Args:
        seconds: how long a picture takes.
        whole: the answer, head and body.
        log: where to write down when an answer was out.
    """

    def __init__(self, seconds: float, whole: bytes, log: TextIO | None) -> None:
        self.seconds, self.whole, self.log = seconds, whole, log
        self.parser = httptools.HttpRequestParser(self)
        self.transport: asyncio.WriteTransport | None = None
        self.key, self.is_check = "", False

    def connection_made(
        self, transport: asyncio.WriteTransport
    ) -> None:  # uvloop's, which has no asyncio base
        self.transport = transport
        transport.set_write_buffer_limits(0)  # `resume_writing` then says that all is out

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.is_check = url.endswith(CHECKS)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"idempotency-key":
            self.key = value.decode()

    def on_message_complete(self) -> None:
        if self.is_check and self.transport:
            self.transport.write(HEAD % len(PASSED) + PASSED)
        else:
            asyncio.get_running_loop().call_later(self.seconds, self.reply)

    def reply(self) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(self.whole)
            if not self.transport.get_write_buffer_size():
                self.resume_writing()

    def resume_writing(self) -> None:
        if self.log and self.key:
            self.log.write(f"{self.key} {time.time()}\n")
            self.key = ""

    def pause_writing(self) -> None:
        """Nothing else is written meanwhile."""


async def main() -> None:
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    body = answer()
    whole = HEAD % len(body) + body
    log = Path(sys.argv[3]).open("w", buffering=1) if len(sys.argv) > 3 else None  # noqa: SIM115, ASYNC230 -- for good
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(seconds, whole, log), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
