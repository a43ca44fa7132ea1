"""Clients as no library makes them: who leaves before the answer, who never reads it."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit


async def ask(url: str, path: str, headers: Mapping[str, str]) -> asyncio.Transport:
    """Send a GET and read nothing of its answer."""
    place = urlsplit(url)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, place.hostname, place.port)
    transport.pause_reading()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {place.netloc}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    transport.write("\r\n".join([*lines, "", ""]).encode())
    return transport


async def leave(url: str, path: str, headers: Mapping[str, str], after: float) -> None:
    """Send a GET and hang up so many seconds later."""
    transport = await ask(url, path, headers)
    await asyncio.sleep(after)
    transport.abort()
