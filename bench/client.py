"""A load generator: a number of connections, each requesting one image after the other.

`python -m bench.client PORT TOKEN CONNECTIONS WARM-SECONDS SECONDS` prints images per second and the median of their
seconds, for those that ended in the last SECONDS. Any response but a complete 200 is an error that ends it.
"""

import asyncio
import json
import statistics
import sys
import time

import uvloop

BODY = json.dumps(
    {"model": "gpt-image-2.5-flare", "prompt": "A lighthouse", "size": "1024x1024", "quality": "medium"}
).encode()
SMALLEST = 1_000_000


async def main() -> None:
    port, connections = int(sys.argv[1]), int(sys.argv[3])
    warm, seconds = float(sys.argv[4]), float(sys.argv[5])
    head = (
        f"POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {sys.argv[2]}\r\n"
        # As OpenAI's clients do; from those that don't count their retries the last byte is held back.
        f"X-Stainless-Retry-Count: 0\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    took: list[float] = []
    begin = time.monotonic() + warm
    tasks = [
        asyncio.create_task(_ask(port, head.encode() + BODY, begin, begin + seconds, took))
        for _ in range(connections)
    ]
    await asyncio.sleep(warm + seconds)
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    if not took:
        raise RuntimeError("Nothing was answered.")
    sys.stdout.write(f"{len(took) / seconds} {statistics.median(took)}\n")


async def _ask(port: int, request: bytes, begin: float, end: float, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 21)
    while True:
        start = time.monotonic()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        body = await reader.readexactly(int(fields[b"content-length"]))
        if not head.startswith(b"HTTP/1.1 200") or len(body) < SMALLEST:
            raise RuntimeError(f"{head!r} {body[:300]!r}")
        if begin <= time.monotonic() < end:
            took.append(time.monotonic() - start)


if __name__ == "__main__":
    uvloop.run(main())
