"""The product's processes that answer, on a test's own database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from config.environment import ROOT
from tests.support.environment import free_port
from tests.support.plain import NOBODY

START_SECONDS = 60.0
LIVE = ("uvicorn", "config.asgi:application", "--log-level", "warning")
WEB = (
    *("granian", "config.wsgi:application", "--interface", "wsgi", "--blocking-threads", "3"),
    *("--host", "127.0.0.1", "--log-level", "warning"),
)


def collect_static() -> None:
    """Lay out style sheets and the like, which pages of a process of its own need; once for this environment."""
    if not (Path(os.environ["STATE_DIR"]) / "static" / "staticfiles.json").exists():
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(
            command, cwd=ROOT, check=True, env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
        )


@contextmanager
def serving(database_url: str, command: tuple[str, ...] = LIVE, *, pool: int = 16) -> Iterator[str]:
    """The address of a process: as `make run` starts it, or as production's `WEB`. Until the block is left.

    `pool` is how many connections it has, as many as `make run` gives it.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--port", str(port)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database_url,
            "DATABASE_POOL": str(pool),  # without it each thread takes a connection for itself
            "LOG_LEVEL": "WARNING",
        },
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"http://127.0.0.1:{port}/healthz"):
            assert process.poll() is None, f"The web process ended with {process.returncode}."
            assert time.monotonic() < deadline, "The web process does not answer."
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with what it has started
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, verify=NOBODY).status_code < 500
    except httpx.TransportError:
        return False
