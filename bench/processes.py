"""Processes that a case starts and measures from outside."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench import stage
from config.environment import ROOT
from tests.support import processes


@contextmanager
def running(
    name: str, arguments: list[str], *, port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """`python ARGUMENTS` until the block is left, once it listens on `port`; its words go to a file of the stage."""
    with started(name, [sys.executable, *arguments], port=port, environment=environment) as process:
        yield process


@contextmanager
def started(
    name: str, command: list[str], *, port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """The same for any command."""
    with (
        (stage.folder("logs") / f"{name}.log").open("wb") as log,
        processes.started(
            command, lambda: port is None or _listens(port), environment=environment, output=log
        ) as process,
    ):
        yield psutil.Process(process.pid)


@contextmanager
def upstream(seconds: float, log: Path | None = None) -> Iterator[int]:
    """The bench's upstream on a free port, which is yielded; `log` gets the moments when its answers were out."""
    port = stage.free_port()
    arguments = ["-m", "bench.upstream", str(port), str(seconds), *([str(log)] if log else [])]
    with running(f"upstream-{port}", arguments, port=port):
        yield port


def printed(arguments: list[str]) -> float:
    """The number that `python ARGUMENTS` prints."""
    ran = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(ran.stdout)


def spent(process: psutil.Process) -> float:
    """CPU seconds of a process so far, its children included."""
    used = process.cpu_times()
    return float(used.user + used.system + used.children_user + used.children_system)


def peak_mb(process: psutil.Process) -> float:
    """The most memory that a process ever had resident, in MB: VmHWM of proc(5)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
