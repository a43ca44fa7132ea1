"""Metrics of processes that share a port: whichever answers a scrape reports the sum of all of them.

A server with several workers, such as `granian --workers 2`, gives each scrape to one of them, and counters that go
back and forth between two processes' values are nonsense to Prometheus. Workers of one server have the same parent, by
which they find each other's counters in files; see prometheus_client.multiprocess. A process by itself keeps its own.
"""

import logging
import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import psutil

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client reads it when it is first imported; operators may set it themselves."""
PRIVATE: Final = 0o700
log = logging.getLogger("createio.metrics")


def share() -> None:
    """Share metrics with the other workers of this process's server; call it before prometheus_client is imported."""
    parent = multiprocessing.parent_process()
    if VARIABLE in os.environ or parent is None or parent.pid is None:
        return
    place = Path(tempfile.gettempdir()) / f"createio-metrics-{os.getuid()}"
    try:
        place.mkdir(mode=PRIVATE, exist_ok=True)
        if place.is_symlink() or place.stat().st_uid != os.getuid():
            log.warning("%s is somebody else's: each process reports its own metrics.", place)
            return
        _remove_dead(place)
        mine = place / _name(psutil.Process(parent.pid))
        mine.mkdir(mode=PRIVATE, exist_ok=True)
    except (OSError, psutil.Error):
        log.warning("Metrics can't be shared: each process reports its own.", exc_info=True)
        return
    os.environ[VARIABLE] = str(mine)


def is_shared() -> bool:
    """Return whether this process's metrics are shared."""
    return VARIABLE in os.environ


def _name(server: psutil.Process) -> str:
    """Name a server; process ids are reused."""
    return f"{server.pid}-{round(server.create_time() * 100)}"


def _remove_dead(place: Path) -> None:
    for folder in place.iterdir():
        try:
            is_alive = folder.name == _name(psutil.Process(int(folder.name.partition("-")[0])))
        except (psutil.NoSuchProcess, ValueError):
            is_alive = False
        if not is_alive:
            shutil.rmtree(folder, ignore_errors=True)
