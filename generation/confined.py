"""Files from outside, read where they can do no harm: by a program of ours, in a child process with limits."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_LIMITS = Path(__file__).with_name("within_limits.py")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost.

    Attributes:
        cpu_seconds: of the processor.
        memory: bytes of address space.
        seconds: by the clock on the wall.
        niceness: how much everything else goes before it, 0 to 19.
    """

    cpu_seconds: int
    memory: int
    seconds: float
    niceness: int = 0


def run(program: Path, data: bytes, limits: Limits) -> bytes | None:
    """What a program of ours writes that is given a file; None where the file was too much for it.

    To be called in a place (`generation.places`): each call costs a process.
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
