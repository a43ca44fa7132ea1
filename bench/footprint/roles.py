"""What the processes of each role take: memory by PSS, in which shared pages are divided among those that share them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """What a role takes at a moment: processes, MB, MB, and CPU seconds since they began."""

    processes: int
    pss: float
    rss: float
    cpu: float


def taken(roots: Mapping[str, psutil.Process]) -> dict[str, Taken]:
    """Return what each role's process and all that it has started take; who is a root itself counts for itself."""
    apart = {root.pid for root in roots.values()}
    return {role: _sum(root, apart - {root.pid}) for role, root in roots.items()}


def _sum(root: psutil.Process, apart: set[int]) -> Taken:
    count, pss, rss, cpu = 0, 0, 0, 0.0
    for process in _tree(root, apart):
        with suppress(psutil.NoSuchProcess), process.oneshot():
            memory, used = process.memory_full_info(), process.cpu_times()
            count, pss, rss = count + 1, pss + memory.pss, rss + memory.rss
            cpu += used.user + used.system
            # Children that have ended, such as sessions of PostgreSQL; those of a supervisor are apart.
            cpu += used.children_user + used.children_system
    return Taken(count, pss / MB, rss / MB, cpu)


def _tree(root: psutil.Process, apart: set[int]) -> Iterator[psutil.Process]:
    """Yield a process and what it has started, without those that are apart and what these have started."""
    yield root
    with suppress(psutil.NoSuchProcess):
        for child in root.children():
            if child.pid not in apart:
                yield from _tree(child, apart)
