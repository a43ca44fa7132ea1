"""Runs programs of ours on untrusted files, in a child process with resource limits."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_LIMITS = Path(__file__).with_name("limits.py")


@dataclass(frozen=True, slots=True)
class Limits:
    """The resources that one file may use.

    Attributes:
        cpu_seconds: processor time.
        memory: bytes of address space.
        seconds: wall-clock time.
        niceness: scheduling priority given up, 0 to 19.
    """

    cpu_seconds: int
    memory: int
    seconds: float
    niceness: int = 0


def run_limited(program: Path, data: bytes, limits: Limits) -> bytes | None:
    """Run one of our programs on a file.

    Hold a place (`generation.media.concurrency`) while calling it: each call costs a process.

    Returns:
        What the program wrote, or None if it failed or the file exceeded the limits.
    """
    told = (limits.cpu_seconds, limits.memory, limits.niceness)
    try:
        done = subprocess.run(  # noqa: S603 -- our own programs, no shell, nothing of the user's in the arguments
            [sys.executable, "-I", str(_LIMITS), *map(str, told), str(program)],
            input=data,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else done.stdout
