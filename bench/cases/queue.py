"""Empty jobs per second: one worker of procrastinate, beside Celery with two processes on Redis."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction

from bench import celery_jobs, jobs, load, processes, stage
from bench.figures import Figure, beside

JOBS = int(os.environ.get("BENCH_JOBS", "2000"))
BAR = 0.4
PATIENCE = 180.0


def measure() -> list[Figure]:
    if not shutil.which("redis-server"):
        print(
            "SKIPPED queue_vs_celery: there is no redis-server here; install Redis to measure it.",
            file=sys.stderr,
        )
        return []
    with _redis():
        found = beside(_procrastinate, _celery, load.rounds())
    return [
        Figure(
            "queue_vs_celery",
            found.ratio,
            "of Celery with Redis",
            f"{found.ours:.0f} jobs/s",
            found.anchor,
            "jobs/s",
            BAR,
        )
    ]


@contextmanager
def _redis() -> Iterator[None]:
    port = stage.free_port()
    told = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with processes.started("redis", told, port=port):
        address = f"redis://127.0.0.1:{port}/0"
        os.environ["BENCH_REDIS"] = celery_jobs.app.conf.broker_url = address
        yield


def _procrastinate() -> float:
    def fill(first: Path, last: Path) -> None:
        with transaction.atomic():
            jobs.mark.defer(file=str(first))
            jobs.nothing.batch_defer(*({} for _ in range(JOBS)))
            jobs.mark.defer(file=str(last))

    return _rate(fill, ["-m", "bench.jobs"])


def _celery() -> float:
    def fill(first: Path, last: Path) -> None:
        celery_jobs.mark.delay(str(first))
        for _ in range(JOBS):
            celery_jobs.nothing.delay()
        celery_jobs.mark.delay(str(last))

    worker = [
        "-m",
        "celery",
        "--app",
        "bench.celery_jobs",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
    ]
    return _rate(fill, worker)


def _rate(fill: Callable[[Path, Path], None], worker: list[str]) -> float:
    """Jobs a second between the first and the last of a full queue, so that a worker's start is not counted."""
    marks = stage.folder("marks")
    first, last = marks / "first", marks / "last"
    for mark in (first, last):
        mark.unlink(missing_ok=True)
    fill(first, last)
    with processes.running("queue", worker):
        deadline = time.monotonic() + PATIENCE
        while not (last.exists() and last.read_text()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{JOBS} jobs were not done within {PATIENCE:.0f} s; see var/bench/logs.")
            # The jobs write their own moments; this only waits for the last one.
            time.sleep(0.05)
    return JOBS / (float(last.read_text()) - float(first.read_text()))
