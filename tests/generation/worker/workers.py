"""Workers in processes of their own, to be killed, stopped and put to sleep."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from config.environment import ROOT
from generation.models import Image, ImageStatus

PATIENCE = 90.0
SHIFTED = """
import datetime, runpy, sys, time_machine
time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=float(sys.argv.pop(1)))).start()
runpy.run_path("manage.py", run_name="__main__")
"""
"""`manage.py` on a machine whose clock is off by its first argument, in seconds."""


@contextmanager
def worker(database_url: str, *, grace: str = "0.5", off: float = 0) -> Iterator[subprocess.Popen]:
    """A worker in a process of its own, as `make run` starts it.

    Args:
        database_url: its database.
        grace: how long it lets its calls end.
        off: how many seconds its machine's clock is ahead.
    """
    manage = ["-c", SHIFTED, str(off)] if off else ["manage.py"]
    process = subprocess.Popen(
        [sys.executable, *manage, "procrastinate", "worker", "--shutdown-graceful-timeout", grace],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)


def expire() -> None:
    """As if a minute had passed since the last sign of life."""
    Image.objects.filter(status=ImageStatus.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
