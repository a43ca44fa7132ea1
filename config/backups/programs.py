"""PostgreSQL's own programs, of the major version that the server has."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from config.local import postgres
from core.database import availability

NAMES: Final = ("pg_dump", "pg_restore", "psql")
_VERSION: Final = re.compile(rb"\(PostgreSQL\) (\d+)")
_SAID: Final = 2_000
"""Characters of a program's complaint that are worth repeating, from its end."""


class BackupError(Exception):
    """A backup could not be made or restored; the sentence says why, and what to do."""


def server_major() -> int:
    """Return the major version of the server that we work with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        (major,) = cursor.fetchone() or (0,)
    return int(major)


def find(major: int) -> Path:
    """Return a folder with `NAMES` of that major version.

    An older pg_dump refuses a newer server, and what a newer one writes may be nothing to an older server.

    Raises:
        BackupError: there is none on this machine.
    """
    found = {}
    for folder in _folders(major):
        if (version := _major(folder)) == major:
            return folder
        if version:
            found[folder] = version
    seen = (
        "; ".join(f"{folder} has version {version}" for folder, version in found.items()) or "none were found"
    )
    raise BackupError(
        f"The server is PostgreSQL {major}, and its pg_dump, pg_restore and psql are not on this machine ({seen}). "
        f"Install PostgreSQL's client programs of version {major} (postgresql-client-{major}), or add their folder to PATH."
    )


def _folders(major: int) -> Iterator[Path]:
    if not settings.EMBEDDED and (path := shutil.which(NAMES[0])):
        yield Path(path).parent
    yield Path(f"/usr/lib/postgresql/{major}/bin")
    try:
        yield postgres.programs()
    except postgres.PostgresError:
        return


def _major(folder: Path) -> int | None:
    """Return the version of the programs there; None unless all are there."""
    if not all(os.access(folder / name, os.X_OK) for name in NAMES):
        return None
    said = subprocess.run([folder / NAMES[0], "--version"], capture_output=True, check=False)  # noqa: S603 -- no shell
    found = _VERSION.search(said.stdout)
    return int(found[1]) if found else None


def spawn(
    folder: Path,
    name: str,
    *words: str,
    database: str = "",
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int = subprocess.DEVNULL,
    stderr: IO[bytes] | int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start a program.

    Args:
        folder: where it is; see `find`.
        name: which one.
        words: its arguments.
        database: which database of our server it connects to, with our role; none if empty.
        stdin: what it reads.
        stdout: where its results go.
        stderr: where its complaints go.
    """
    environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": os.environ.get("HOME", "/")}
    to: Sequence[str] = ()
    if database:
        given = _parameters()
        # A password among the arguments could be read by everybody on this machine.
        environment["PGPASSWORD"] = str(given.pop("password", ""))
        to = (f"--dbname={make_conninfo(**{**given, 'dbname': database})}",)
    return subprocess.Popen(  # noqa: S603 -- PostgreSQL's own programs, no shell
        [folder / name, *to, *words], stdin=stdin, stdout=stdout, stderr=stderr, env=environment
    )


def _parameters() -> dict[str, Any]:
    """Return libpq's parameters of our connection, without the time-outs that are for pages and jobs."""
    given = availability.connection_parameters()
    for name in ("options", "prepare_threshold", "pool"):
        given.pop(name, None)
    return {name: value for name, value in given.items() if isinstance(value, str | int) and value != ""}


def finish(process: subprocess.Popen[bytes], what: str) -> None:
    """Wait for a program's end.

    Args:
        process: the program, with its complaints in a pipe.
        what: what was not done if it fails, as the beginning of a sentence.

    Raises:
        BackupError: it failed.
    """
    _, complaints = process.communicate()
    if process.returncode:
        raise BackupError(f"{what}: {words(complaints) or f'it ended with {process.returncode}'}")


def words(complaints: bytes | None) -> str:
    """Return a program's complaint as text of a bounded length."""
    return (complaints or b"").decode(errors="replace").strip()[-_SAID:]
