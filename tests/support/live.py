"""The live process and a worker, in a thread of the test's own process: what they share is the database alone."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from django.db import connection, connections
from procrastinate.contrib.django import app as jobs

from config.asgi import application
from tests.support.environment import free_port


class Live:
    """Where it answers; `work` is cleared to let nothing be made."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application, port=self.port, log_config=None, lifespan="off", timeout_graceful_shutdown=1
            )
        )
        self._up = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._up.wait(20), "The live process does not answer."
        if self._fault:
            raise self._fault

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "The live process does not end."
        if self._fault:
            raise self._fault

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as fault:  # noqa: BLE001 -- the test's thread raises it
            self._fault = fault
        finally:
            self._up.set()
            connections.close_all()

    async def _serve(self) -> None:
        with jobs.replace_connector(jobs.connector.get_worker_connector()):
            async with jobs.open_async():
                worker = asyncio.create_task(_work())
                serving = asyncio.create_task(self._server.serve())
                while not self._server.started and not serving.done():  # noqa: ASYNC110 -- uvicorn tells nobody
                    await asyncio.sleep(0.01)
                self._up.set()
                await asyncio.wait({serving, worker}, return_when=asyncio.FIRST_COMPLETED)
                worker.cancel()
                await asyncio.gather(worker, return_exceptions=True)
                await serving


async def _work() -> Any:
    await jobs.run_worker_async(
        queues=["images"], concurrency=50, install_signal_handlers=False, fetch_job_polling_interval=0.1
    )


@contextmanager
def live() -> Iterator[Live]:
    """A running live process with its worker."""
    at = connection.settings_dict
    kept_for, at["CONN_MAX_AGE"] = (
        at["CONN_MAX_AGE"],
        0,
    )  # an ASGI request's thread ends with it; see settings
    one = Live()
    one.start()
    try:
        yield one
    finally:
        one.stop()
        at["CONN_MAX_AGE"] = kept_for
