"""The child processes of `make run`."""

import asyncio
import contextlib
import json
import os
import signal
import time
import urllib.error
import urllib.request
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from config.local.output import Output

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
STEADY_SECONDS = 30.0
"""A child that lived this long is restarted after the shortest pause."""
GRACE_SECONDS = 5.0
"""From SIGTERM to SIGKILL."""


@dataclass(slots=True, eq=False)
class Child:
    """A process in a session of its own, restarted when it dies.

    Args:
        name: stands before each line that it writes.
        command: program and arguments.
        pids: the file that records living children, for cleaning up after a killed supervisor.
        environment: variables on top of ours.
        address: an HTTP address that answers once the child is ready; without one it is ready when it runs.
        output: where its lines go.
    """

    name: str
    command: list[str]
    pids: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    output: Output = field(default_factory=Output)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _process: Process | None = None
    _stopping: bool = False

    @property
    def port(self) -> int | None:
        """The TCP port that it listens on."""
        return urlsplit(self.address).port if self.address else None

    async def watch(self) -> None:
        """Run the child, and restart it whenever it ends, until `stop`."""
        pause = 0.0
        while True:
            started = time.monotonic()
            code = await self.run_once()
            if self._stopping:
                return
            steady = time.monotonic() - started > STEADY_SECONDS
            pause = FIRST_PAUSE if steady or not pause else min(pause * 2, LONGEST_PAUSE)
            self.output.pass_on(self.name, f"ended with {code}; starting again in {pause:g} s")
            await asyncio.sleep(pause)

    async def run_once(self) -> int:
        """Run the child to its end.

        Returns:
            Its exit code, negative for a signal.
        """
        process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            start_new_session=True,
            limit=1 << 20,
        )
        self._process = process
        remember(self.pids, process.pid)
        announced = asyncio.create_task(self._announce())
        try:
            assert process.stdout is not None
            while line := await _line(process.stdout):
                self.output.pass_on(self.name, line)
            return await process.wait()
        finally:
            announced.cancel()

    async def stop(self) -> None:
        """Terminate the child and everything it started; kill them after five seconds."""
        self._stopping = True
        process = self._process
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                if number is signal.SIGKILL:
                    os.killpg(process.pid, number)
                elif process.returncode is None:
                    process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)

    async def _announce(self) -> None:
        while self.address and not await asyncio.to_thread(_answers, self.address):  # noqa: ASYNC110 -- it polls
            await asyncio.sleep(0.1)
        self.ready.set()


async def _line(stream: asyncio.StreamReader) -> str:
    """Read the next line without its end, never empty; "" at the end of the stream."""
    try:
        line = await stream.readline()
    except ValueError:
        return "(a line longer than a megabyte)"
    return (line.decode(errors="replace").rstrip() or " ") if line else ""


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 -- our own children on the loopback
            return True
    except (urllib.error.URLError, OSError):
        return False


def remember(pids: Path, pid: int) -> None:
    """Record a child and its start time: a process id alone may be reused."""
    known = {str(known): began for known, began in _remembered(pids).items() if psutil.pid_exists(known)}
    with contextlib.suppress(psutil.NoSuchProcess):
        known[str(pid)] = psutil.Process(pid).create_time()
    fresh = pids.with_suffix(".new")
    fresh.write_text(json.dumps(known))
    fresh.replace(pids)


def clean_up_after(pids: Path) -> None:
    """Kill the children that a killed supervisor left behind, with their sessions, and wait for their end."""
    left = []
    for pid, began in _remembered(pids).items():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            process = psutil.Process(pid)
            if process.create_time() == began:
                os.killpg(pid, signal.SIGKILL)
                left.append(process)
    psutil.wait_procs(left, GRACE_SECONDS)
    pids.unlink(missing_ok=True)


def _remembered(pids: Path) -> dict[int, float]:
    try:
        return {int(pid): began for pid, began in json.loads(pids.read_text()).items()}
    except (FileNotFoundError, ValueError):
        return {}
