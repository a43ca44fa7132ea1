"""PgBouncer in front of the suite's own PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from config.local.postgres import SYSTEM_USER
from tests.support.environment import free_port

CONFIGURATION = """
[databases]
* = host={host} port={server_port} user={user}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 200
ignore_startup_parameters = options,extra_float_digits
server_login_retry = 1
"""


def program() -> str:
    """Where PgBouncer is; a machine without it skips the test, as `.ci/pgbouncer` says loudly."""
    found = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    return found or pytest.skip("there is no PgBouncer here")


def configure(folder: Path, **told: object) -> tuple[Path, str | None]:
    """Write its file; where that is, and as whom to start PgBouncer.

    Args:
        folder: where the file goes.
        told: what `CONFIGURATION` asks for.
    """
    file = folder / "pgbouncer.ini"
    file.write_text(CONFIGURATION.format(**told))
    # As root it does not start, and the server's socket is its own user's.
    user = SYSTEM_USER if os.getuid() == 0 else None
    if user:
        os.chown(file, pwd.getpwnam(user).pw_uid, -1)
        for above in (folder, *folder.parents):
            if above.stat().st_uid == 0 and above != Path(above.anchor):
                above.chmod(above.stat().st_mode | 0o011)
    return file, user


@contextmanager
def pooler(folder: Path, mode: str, size: int) -> Iterator[str]:
    """Run PgBouncer in this mode, with so many sessions of the server; the test database's address by it."""
    at, port = connection.settings_dict, free_port()
    file, user = configure(
        folder,
        host=at["HOST"],
        server_port=at["PORT"] or 5432,
        user=at["USER"],
        port=port,
        mode=mode,
        size=size,
    )
    with (folder / "pgbouncer.log").open("w") as log:
        running = subprocess.Popen([program(), str(file)], user=user, stdout=log, stderr=log)
    url = f"postgresql://{at['USER']}@127.0.0.1:{port}/{at['NAME']}"
    try:
        _wait(url, running, folder / "pgbouncer.log")
        yield url
    finally:
        running.terminate()
        running.wait(10)


def _wait(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        else:
            return
