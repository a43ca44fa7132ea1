"""A pooler between us and the database: in session mode all arrives, in transaction mode nothing does."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.doctor import database
from config.doctor.findings import State
from config.local.postgres import SYSTEM_USER
from core.database import availability
from tests.config.doctor.test_planted import says
from tests.support.environment import free_port

pytestmark = pytest.mark.django_db
BOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
needs_bouncer = pytest.mark.skipif(
    not BOUNCER, reason="PgBouncer is not installed: apt-get install pgbouncer"
)


@contextmanager
def pgbouncer(folder: Path, mode: str) -> Iterator[dict[str, Any]]:
    """A pooler before the tests' server; parameters of a connection through it."""
    known, port = availability.connection_parameters(), free_port()
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"""[databases]
{known["dbname"]} = host={known["host"]} port={known.get("port") or 5432} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
ignore_startup_parameters = options,extra_float_digits
"""
    )
    folder.chmod(0o755)
    config.chmod(0o644)
    # The server's socket is its user's alone.
    as_other = ["-u", SYSTEM_USER] if os.getuid() == 0 else []
    process = subprocess.Popen(
        [BOUNCER, *as_other, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    told = {**known, "host": "127.0.0.1", "port": port}
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                psycopg.connect(**told).close()
                break
            except psycopg.OperationalError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield told
    finally:
        process.terminate()
        process.wait()


def test_the_server_itself():
    says(database.pooler(), State.OK)


@needs_bouncer
@pytest.mark.parametrize(
    ("mode", "state", "word"),
    [("session", State.WARNING, "ALTER ROLE"), ("transaction", State.FAULT, "pool_mode = session")],
)
def test_a_pooler(mode: str, state: State, word: str, monkeypatch: pytest.MonkeyPatch):
    with tempfile.TemporaryDirectory() as folder, pgbouncer(Path(folder), mode) as through:
        monkeypatch.setattr(availability, "connection_parameters", lambda: through)
        says(database.pooler(), state, word)
