"""The environment that a test process runs in: nothing of the developer's own leaks in, no two processes meet."""

import atexit
import hashlib
import itertools
import os
import random
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import django

from config.environment import ROOT
from config.local.postgres import Postgres

PORTS = range(12_000, 32_000)
PORTS_EACH = 500
"""Those of one process: two that run beside each other are not given the same one before it is in use."""
KEPT = {"DATABASE_URL"}
"""The one variable of the product that a developer may set for the tests: which PostgreSQL to make databases on."""


def shared_state() -> Path:
    """Where the suite's embedded PostgreSQL keeps its data between runs; one place per clone and user."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"createio-tests-{os.getuid()}-{name}"


def embedded() -> Postgres:
    """The suite's own server: quick, since nothing in it has to outlive a power cut."""
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return Postgres(shared_state(), quick)


def prepare() -> None:
    """Set this process's environment and Django up. Every worker of pytest-xdist does so for itself."""
    for line in (ROOT / ".env.example").read_text().splitlines():
        name = line.lstrip("# ").partition("=")[0]
        if name.isupper() and name not in KEPT:
            os.environ.pop(name, None)
    state = Path(tempfile.mkdtemp(prefix="createio-test-"))
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    (state / "static").mkdir()  # WhiteNoise warns where there is none, and warnings are errors here
    port = free_port()
    # Any run of pytest by this user closes the folder that they all share, also to the server of a copy that starts.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(state)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STATE_DIR": str(state),
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "DJANGO_LIVE_TEST_SERVER_ADDRESS": f"localhost:{port}",
        "SANDBOX_PORT": str(free_port()),
        "PROVIDER_WEBHOOKS": "false",  # mostly, nobody answers at BASE_URL
        "SECRET_KEY": "a key that only tests use, as long as a good key has to be",
    }
    if not os.environ.get("DATABASE_URL"):
        # A test's transaction is as long as the test.
        patient = "-c%20idle_in_transaction_session_timeout%3D0"
        os.environ["DATABASE_URL"] = (
            f"postgresql://postgres@/postgres?host={embedded().sockets}&options={patient}"
        )
    django.setup()


def leave_to_workers() -> None:
    """Before workers of pytest-xdist are started: they inherit this process's environment, and pytest-django would
    read the settings by it before the worker's own environment stands. All would share one twin and one storage.
    """
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on.

    Below those that the kernel gives to outgoing connections: between now and its use one of these would be taken.
    """
    for port in _ports(os.getpid()):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError  # there is always a next one


@cache
def _ports(process: int) -> Iterator[int]:
    """Go through a process's ports for ever, by chance: none comes again before all others have."""
    first = process * PORTS_EACH % len(PORTS)
    mine = list(PORTS[first : first + PORTS_EACH])
    random.shuffle(mine)
    return itertools.cycle(mine)
