"""An isolated environment to measure in: state directory, ports, and PostgreSQL as the product runs it."""

import io
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from config.environment import ROOT
from config.local.postgres import Postgres

STATE = ROOT / "var" / "bench"


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def prepared() -> Iterator[Postgres]:
    """Django set up on an empty, migrated, seeded database with the product's own durability; removed afterwards."""
    for line in (ROOT / ".env.example").read_text().splitlines():
        name = line.lstrip("# ").partition("=")[0]
        if name.isupper():
            os.environ.pop(name, None)
    _remove()
    STATE.mkdir(parents=True)
    port = free_port()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STATE_DIR": str(STATE),
        "PORT": str(port),
        "SANDBOX_PORT": str(free_port()),
        "SECRET_KEY": "a key that only benches use, as long as a good key has to be",
    }
    server = Postgres(STATE)
    server.acquire()
    try:
        django.setup()
        call_command("prepare", stdout=io.StringIO())
        yield server
    finally:
        server.release()
        _remove()


def _remove() -> None:
    """Remove what a run left, of which the server's user owns a part."""
    left = Postgres(STATE)
    if left.pid is not None:
        left.stop()
    shutil.rmtree(STATE, ignore_errors=True)


def folder(name: str) -> Path:
    """A folder of the stage for a case's own files."""
    made = STATE / name
    made.mkdir(exist_ok=True)
    return made
