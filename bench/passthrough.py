"""The gateway's anchor: a bare Starlette application that forwards the upstream's response and stores nothing.

`python -m bench.passthrough PORT UPSTREAM-PORT`. It talks to the upstream over plain persistent streams, which is
less work than any HTTP client does.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

CHUNK = 256 * 1024
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HEAD = b"POST %s HTTP/1.1\r\nHost: upstream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def create_app(upstream: int) -> Starlette:
    idle: list[Wire] = []

    async def forward(request: Request) -> StreamingResponse:
        body = await request.body()
        wire = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", upstream, limit=1 << 20)
        reader, writer = wire
        writer.write(HEAD % (request.url.path.encode(), len(body)) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.rpartition(b"Content-Length: ")[2])

        async def content() -> AsyncIterator[bytes]:
            left = length
            while left:
                chunk = await reader.read(min(left, CHUNK))
                left -= len(chunk)
                yield chunk
            idle.append(wire)

        headers = {"content-length": str(length)}
        return StreamingResponse(content(), media_type="application/json", headers=headers)

    return Starlette(routes=[Route("/{path:path}", forward, methods=["POST"])])


if __name__ == "__main__":
    own_port, upstream_port = (int(argument) for argument in sys.argv[1:])
    uvicorn.run(create_app(upstream_port), port=own_port, log_level="warning", access_log=False)
