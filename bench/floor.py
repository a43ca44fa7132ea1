"""The least work that a worker can do for an image: read it, find it in the JSON, check its CRCs, inflate its pixels.

`python -m bench.floor PORT IMAGES AT_ONCE` prints CPU-ms per image. No database, no storage, no framework.
"""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pybase64
import uvloop
from isal import isal_zlib

REQUEST = (
    b"POST / HTTP/1.1\r\nHost: upstream\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)
FIELD = b'"b64_json":"'


async def main() -> None:
    port, images, at_once = (int(argument) for argument in sys.argv[1:])
    with ThreadPoolExecutor(2) as threads:
        await _fetch(port, 1, threads)  # warm
        before = time.process_time()
        await asyncio.gather(*(_fetch(port, images // at_once, threads) for _ in range(at_once)))
        spent = time.process_time() - before
    sys.stdout.write(f"{1000 * spent / (images // at_once * at_once)}\n")


async def _fetch(port: int, times: int, threads: ThreadPoolExecutor) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    loop = asyncio.get_running_loop()
    for _ in range(times):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.rpartition(b"Content-Length: ")[2])
        body = await reader.readexactly(length)
        await loop.run_in_executor(threads, _look, body)
    writer.close()


def _look(body: bytes) -> int:
    start = body.index(FIELD) + len(FIELD)
    picture = pybase64.b64decode(memoryview(body)[start : body.index(b'"', start)], validate=True)
    return len(isal_zlib.decompress(_checked(picture)))


def _checked(picture: bytes) -> bytes:
    """Check every chunk's CRC, and return the stream of pixels, https://www.w3.org/TR/png-3/#5Chunk-layout."""
    view, at, stream = memoryview(picture), 8, bytearray()
    while at < len(picture):
        length = int.from_bytes(view[at : at + 4])
        end = at + 8 + length
        if isal_zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4]):
            raise ValueError("a CRC is wrong")
        if view[at + 4 : at + 8] == b"IDAT":
            stream += view[at + 8 : end]
        at = end + 4
    return bytes(stream)


if __name__ == "__main__":
    uvloop.run(main())
