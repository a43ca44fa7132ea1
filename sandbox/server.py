"""The server of the twins, in the foreground or in a thread."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.wire import Protocol

HOST = "127.0.0.1"
START_SECONDS = 20


def make(settings: Settings) -> uvicorn.Server:
    """A server that is not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=HOST,
            port=settings.port,
            http=Protocol,
            ws="none",
            log_level="warning",
            access_log=False,
            backlog=4096,
            timeout_graceful_shutdown=1,
            server_header=False,
        )
    )


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The twins in a thread of this process; yields their base URL. Port 0 takes a free one."""
    server = make(settings)
    thread = threading.Thread(target=server.run, name="sandbox", daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("The twins did not start.")
        time.sleep(0.01)
    try:
        yield f"http://{HOST}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
