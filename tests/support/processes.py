"""Processes of the product that tests and benches start: one that answers, or a whole copy as `make run` starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import httpx
import psutil

from config.environment import ROOT
from tests.support.environment import free_port
from tests.support.network.plain import NOBODY

START_SECONDS = 60.0
COPY_START_SECONDS = 180.0
PATIENCE = 30.0
LIVE = ("uvicorn", "config.asgi:application", "--log-level", "warning", "--no-proxy-headers")
WEB = (
    *("granian", "config.wsgi:application", "--interface", "wsgi", "--blocking-threads", "3"),
    *("--host", "127.0.0.1", "--log-level", "warning"),
)


@contextmanager
def started(
    command: Sequence[str],
    is_ready: Callable[[], bool],
    *,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
    seconds: float = START_SECONDS,
    folder: Path = ROOT,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block is left, and kill then what it has started.

    Args:
        command: the program and its arguments.
        is_ready: asked until it is true; then the block begins.
        environment: on top of ours.
        output: where all goes that it says.
        seconds: how long it may take to be ready.
        folder: where it runs; code of another version, for example.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=output,
        stderr=subprocess.STDOUT if output != subprocess.DEVNULL else None,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + seconds
        while not is_ready():
            assert process.poll() is None, f"{command} ended with {process.returncode}."
            assert time.monotonic() < deadline, f"{command} is not ready."
            time.sleep(0.05)
        assert process.poll() is None, f"Somebody else answers in the place of {command}."
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def serving(
    database_url: str,
    command: tuple[str, ...] = LIVE,
    *,
    pool: int = 16,
    more: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run a process that answers, as `make run` starts it or as production's `WEB`; its address.

    Args:
        database_url: where it works.
        command: the server, without its port.
        pool: how many connections it has, as many as `make run` gives it; without it each thread would take its own.
        more: further variables.
    """
    port = free_port()
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url,
        "DATABASE_POOL": str(pool),
        "LOG_LEVEL": "WARNING",
        **(more or {}),
    }
    url = f"http://127.0.0.1:{port}"
    told = [sys.executable, "-m", *command, "--port", str(port)]
    with started(told, lambda: answers(f"{url}/healthz"), environment=environment):
        yield url


def answers(url: str) -> bool:
    """Tell whether somebody answers there, and without a fault."""
    try:
        return httpx.get(url, trust_env=False, verify=NOBODY).status_code < 500
    except httpx.TransportError:
        return False


def collect_static() -> None:
    """Lay out style sheets and the like, which pages of a process of its own need; once for this environment."""
    if not list((Path(os.environ["STATE_DIR"]) / "static").glob("staticfiles.*.json")):
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(
            command, cwd=ROOT, check=True, env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
        )


def _words(process: psutil.Process) -> list[str]:
    """Return a process's command; nothing of one that has just died."""
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


class Copy:
    """The supervisor and its children. `url` is the site, `twins` the sandbox, `state` where it keeps everything."""

    def __init__(self, state: Path, port: int, sandbox_port: int, **environment: str) -> None:
        self.state, self.url = state, f"http://127.0.0.1:{port}"
        self.twins = f"http://127.0.0.1:{sandbox_port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(state),
            "STATE_DIR": str(state),
            "PORT": str(port),
            "SANDBOX_PORT": str(sandbox_port),
            **environment,
        }
        self.log = (state / "run.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.local.supervisor"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        """All that was logged."""
        return (self.state / "run.log").read_text()

    def manage(self, *words: str) -> str:
        """Run `manage.py` beside the copy; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def living(self) -> list[psutil.Process]:
        """Every process of this copy, by the state directory in its environment or its command."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = (
                    process.environ().get("STATE_DIR") == str(self.state)
                    or str(self.state) in process.cmdline()
                )
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def child(self, word: str) -> psutil.Process | None:
        """The child with this word in its command."""
        return next((process for process in self.living() if word in _words(process)), None)

    def wait_for(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Until the condition holds; the log is the message when it does not."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def wait_until_ready(self) -> None:
        """Wait until `make run` says so, and everything answers."""
        self.wait_for(lambda: "is ready after" in self.said(), COPY_START_SECONDS)
        self.wait_for(self.ready)

    def ready(self) -> bool:
        """Whether everything that the product needs answers."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5)
            return answer.status_code == 200 and not answer.json()["degraded"]
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """As Ctrl-C does; what does not end by itself is killed."""
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.close()

    def close(self) -> None:
        """Kill whatever lives."""
        for process in self.living():
            process.kill()
        self.process.wait()
        self.log.close()
