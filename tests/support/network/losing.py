"""The live process with a fault on order: `/lose` takes a connection on a thread that ends without giving it back.

It is quicker than the product in noticing: after three seconds instead of thirty.
"""

import asyncio
import threading

from config import asgi
from config.server import lost_connections

lost_connections.AFTER, lost_connections.EVERY = 3.0, 0.2

from django.db import connection  # noqa: E402 -- the apps are there only now


async def application(scope, receive, send):
    if scope.get("path") != "/lose":
        await asgi.application(scope, receive, send)
        return
    thread = threading.Thread(target=_take)
    thread.start()
    await asyncio.to_thread(thread.join)
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


def _take():
    connection.ensure_connection()
