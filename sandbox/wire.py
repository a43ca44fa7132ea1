"""HTTP answers that can fail on the wire: cut, reset, dripped. ASGI can't do that, so the protocol lends its transport."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "sandbox.transport"
LINGER_ZERO = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN, see socket(7)


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that puts its transport in the scope."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[TRANSPORT] = self.transport


def disconnect(scope: Scope, *, reset: bool) -> None:
    """Close the client's connection: with a TCP reset, or in order but too early."""
    transport = scope[TRANSPORT]
    if not reset:
        transport.close()
        return
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as twin:
        twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    transport.abort()


async def wait_for_disconnect(receive: Receive, seconds: float) -> None:
    """Return when the client has gone, or after that many seconds."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


@dataclass
class Answer:
    """One HTTP answer as an ASGI application.

    body: all of it, or pieces as they come (sent chunked).
    cut: number of body bytes after which the connection ends; 0 ends it before the status line.
    reset: whether it ends with a TCP reset or with an early but orderly close.
    drip: (bytes, seconds), the pace of a slow body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | AsyncIterable[bytes] = b""
    cut: int | None = None
    reset: bool = True
    drip: tuple[int, float] | None = None
    sent: int = 0
    complete: bool = False
    client_gone: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.cut == 0:
            await self._end(scope, receive)
            return
        headers = dict(self.headers)
        if isinstance(self.body, bytes):
            headers.setdefault("content-length", str(len(self.body)))
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        async for piece in self._pieces():
            self.sent += len(piece)
            self.client_gone = self.client_gone or scope[TRANSPORT].is_closing()
            self.complete = isinstance(self.body, bytes) and self.sent == len(self.body)
            await send({"type": "http.response.body", "body": piece, "more_body": not self.complete})
        if self.cut is not None:
            await asyncio.sleep(0.03)  # let the kernel hand over what was sent before the connection dies
            await self._end(scope, receive)
        elif not self.complete:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            self.complete = True

    async def _pieces(self) -> AsyncIterator[bytes]:
        left = self.cut
        async for piece in self._source():
            allowed = piece if left is None else piece[:left]
            if left is not None:
                left -= len(allowed)
            if allowed:
                yield allowed
            if left == 0:
                return

    async def _source(self) -> AsyncIterator[bytes]:
        if isinstance(self.body, bytes):
            async for piece in self._dripped(self.body):
                yield piece
            return
        async for whole in self.body:
            async for piece in self._dripped(whole):
                yield piece

    async def _dripped(self, content: bytes) -> AsyncIterator[bytes]:
        if self.drip is None:
            yield content
            return
        size, seconds = self.drip
        for start in range(0, len(content), size):
            yield content[start : start + size]
            await asyncio.sleep(seconds)

    async def _end(self, scope: Scope, receive: Receive) -> None:
        disconnect(scope, reset=self.reset)
        await wait_for_disconnect(receive, 5)
