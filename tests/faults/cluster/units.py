"""Programs that are started again whatever they end with, as systemd does by `Restart=always`."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from config.environment import ROOT

PAUSE = 1.0
"""`RestartSec` of the units in `deploy/systemd`."""
STOP_SECONDS = {"worker": 180.0}
"""`TimeoutStopSec` by role, where it is not that of the others."""
STOP = 30.0


class Unit:
    """One program on one of the hosts.

    Args:
        name: its role, with a number where there are several.
        spawn: starts it in a session of its own; all that it says goes into the file.
        is_ready: whether it does what it is for.
        log: where it speaks.
        mixed: a stop reaches its first process alone (`KillMode=mixed`), not all that it has started.
    """

    def __init__(
        self,
        name: str,
        spawn: Callable[[IO[bytes]], subprocess.Popen[bytes]],
        is_ready: Callable[[], bool],
        log: Path,
        *,
        mixed: bool = False,
    ) -> None:
        self.name, self.log = name, log
        self.began = 0.0
        self._spawn, self._ready, self._mixed = spawn, is_ready, mixed
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._wanted.set()
        if not self._thread.is_alive():
            self._thread.start()

    def is_ready(self) -> bool:
        """Whether it runs and does what it is for."""
        process = self._process
        return process is not None and process.poll() is None and self._ready()

    def kill(self) -> None:
        """`kill -9` of it and all that it has started; gone when this returns."""
        self._send(signal.SIGKILL, everybody=True)
        if self._process:
            self._process.wait()

    def stop(self) -> None:
        """`systemctl restart`: ask it to end, wait until it has; it is started again.

        Raises:
            TimeoutError: it had to be killed.
        """
        before, limit = self._process, STOP_SECONDS.get(self.name.rstrip("2"), STOP)
        assert before is not None
        self._send(signal.SIGTERM, everybody=not self._mixed)
        try:
            before.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"{self.name} did not end within {limit:.0f} s; see {self.log}.") from None

    def interrupt(self) -> None:
        """Ask its first process for what PostgreSQL calls a fast shutdown (`pg_ctl restart -m fast`), and wait for that."""
        before = self._process
        self._send(signal.SIGINT, everybody=False)
        if before:
            before.wait(STOP)

    def take_away(self) -> None:
        """`kill -9`, and not started again until `start`."""
        self._wanted.clear()
        self.kill()

    def end(self) -> None:
        """Stop it for good."""
        self._over.set()
        self._wanted.set()
        self._send(signal.SIGTERM, everybody=True)
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self.kill()
        if self._thread.is_alive():
            self._thread.join(10)

    def _watch(self) -> None:
        while True:
            self._wanted.wait()
            if self._over.is_set():
                return
            with self.log.open("ab") as output:
                self.began = time.time()
                self._process = process = self._spawn(output)
            process.wait()
            _send(process, signal.SIGKILL, everybody=True)  # what it leaves behind
            self._over.wait(PAUSE)

    def _send(self, number: int, *, everybody: bool) -> None:
        if self._process:
            _send(self._process, number, everybody=everybody)


def program(
    command: Sequence[str], environment: Mapping[str, str], user: str | None = None
) -> Callable[[IO[bytes]], subprocess.Popen[bytes]]:
    """How to start a command with nothing but this environment, as this user where one is named."""

    def spawn(output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, user=user,
        )  # fmt: skip

    return spawn


def wait(condition: Callable[[], object], seconds: float, words: str) -> float:
    """Wait until it holds; the seconds that took.

    Raises:
        TimeoutError: it did not in time.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() > began + seconds:
            raise TimeoutError(f"After {seconds:.0f} s {words}.")
        time.sleep(0.1)
    return time.monotonic() - began


def _send(process: subprocess.Popen[bytes], number: int, *, everybody: bool) -> None:
    with suppress(ProcessLookupError):
        if everybody:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
