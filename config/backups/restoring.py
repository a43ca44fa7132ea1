"""Restoring a backup: whole or not at all, and never over rows that somebody may still want."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from config.backups import folder, objects, programs
from config.backups.folder import CHUNK, DUMP, SCHEMA, Manifest
from config.backups.programs import BackupError

_EMPTY: Final = "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;"
_TABLES: Final = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def restore(place: Path, *, overwrite: bool, with_objects: bool, say: Callable[[str], None]) -> None:
    """Restore a backup into the database and, where it holds them, its objects into the bucket.

    Args:
        place: the backup, or the folder whose newest is meant.
        overwrite: whether rows that are there may be thrown away.
        with_objects: whether objects that the bucket lacks are put back.
        say: what is told of each step.

    Raises:
        BackupError: it could not be restored; the database is as it was unless the sentence says otherwise.
    """
    found, manifest = folder.read(place)
    say(f"{found}: version {manifest.version}, as of {manifest.made_at}")
    tools = prove(found, manifest)
    load(tools, found, _before(overwrite=overwrite))
    bring_up_to_date(manifest)
    say("Database: restored, and brought up to this version")
    if with_objects and manifest.has_objects:
        counted = objects.put_back(found, say)
        say(f"Images: {counted.copied:,} of {counted.objects:,} objects were put back; the others were there")


def prove(found: Path, manifest: Manifest) -> Path:
    """Make sure that a backup is whole, and that this code and this server can take it.

    Returns:
        The folder of PostgreSQL's programs.

    Raises:
        BackupError: they can't.
    """
    folder.prove(found, manifest)
    disk = MigrationLoader(None).disk_migrations
    apps = {app for app, _ in disk}
    known = {f"{app}.{name}" for app, name in disk}
    unknown = [one for one in manifest.migrations if one.partition(".")[0] in apps and one not in known]
    if unknown:
        raise BackupError(
            f"This backup was made by version {manifest.version}, which is newer: it has {unknown[0]}"
            f"{f' and {len(unknown) - 1} more migrations' if unknown[1:] else ''} that this version does not know. "
            "Nothing was restored; restore it with that version."
        )
    major = programs.server_major()
    if major < manifest.postgresql:
        raise BackupError(
            f"This backup is of PostgreSQL {manifest.postgresql}, and the server is PostgreSQL {major}. Nothing was "
            f"restored; use a server of version {manifest.postgresql} or later."
        )
    return programs.find(major)


def _before(*, overwrite: bool) -> str:
    """Return what has to be done in the same transaction before the dump.

    Raises:
        BackupError: there are rows, or somebody uses them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        if not tables:
            return ""
        cursor.execute(" UNION ALL ".join(f"(SELECT 1 FROM public.{name} LIMIT 1)" for name in tables))  # noqa: S608 -- quoted by the server
        if cursor.fetchone() and not overwrite:
            raise BackupError(
                f"The database {connection.settings_dict['NAME']} has rows, and nothing was restored. Name an empty one in "
                "DATABASE_URL; or, to throw away all that is in this one, say --overwrite."
            )
        cursor.execute(_OTHERS)
        (others,) = cursor.fetchone() or (0,)
    if others:
        raise BackupError(
            f"{others} other connections use the database {connection.settings_dict['NAME']}, and nothing was restored. "
            "Stop web, live and worker first."
        )
    return _EMPTY


def load(tools: Path, found: Path, before: str = "", database: str = "") -> None:
    """Load a dump in one transaction.

    Args:
        tools: PostgreSQL's programs.
        found: the backup's folder.
        before: statements that belong to the transaction, too.
        database: which one; ours if empty.

    Raises:
        BackupError: it failed, and the database is as it was.
    """
    database = database or str(connection.settings_dict["NAME"])
    connection.close()
    with tempfile.TemporaryFile() as unread, tempfile.TemporaryFile() as refused:
        words = ("--no-owner", "--no-privileges", f"--schema={SCHEMA}", "--file=-", str(found / DUMP))
        dump = programs.spawn(tools, "pg_restore", *words, stdout=subprocess.PIPE, stderr=unread)
        into = programs.spawn(
            tools, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-",
            database=database, stdin=subprocess.PIPE, stderr=refused,
        )  # fmt: skip
        try:
            _pump(dump, into, before)
        finally:
            # Without COMMIT, whatever has happened, the server undoes it all.
            into.wait()
            dump.wait()
        for program, complaints in ((into, refused), (dump, unread)):
            complaints.seek(0)
            if program.returncode:
                said = programs.words(complaints.read())
                raise BackupError(f"The database was not restored, and is as it was: {said}")


def _pump(dump: subprocess.Popen[bytes], into: subprocess.Popen[bytes], before: str) -> None:
    """Feed psql with what pg_restore reads, and commit only after the latter has read all: its end alone tells nothing."""
    assert dump.stdout is not None
    assert into.stdin is not None
    # psql has ended with a complaint of its own.
    with suppress(BrokenPipeError), dump.stdout, into.stdin:
        into.stdin.write(f"BEGIN; {before}\n".encode())
        while piece := dump.stdout.read(CHUNK):
            into.stdin.write(piece)
        if dump.wait() == 0:
            into.stdin.write(b"COMMIT;\n")


def bring_up_to_date(manifest: Manifest) -> None:
    """Apply the migrations that came after a backup, make the cache's table, and let the planner know the tables.

    Raises:
        BackupError: a migration failed.
    """
    try:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
    except CommandError as error:
        raise BackupError(
            f"The backup of version {manifest.version} is restored, but could not be brought up to this version: {error}"
        ) from error
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")
        cursor.execute("RESET statement_timeout")


@contextmanager
def using(name: str) -> Iterator[None]:
    """Let everything in this process work with another database of the same server within the block."""
    before = connection.settings_dict["NAME"]
    _switch(name)
    try:
        yield
    finally:
        _switch(before)


def _switch(name: object) -> None:
    connection.close()
    # Only where there is one: without a pool this would ask for what is not there.
    if connection.settings_dict["OPTIONS"].get("pool"):
        connection.close_pool()  # type: ignore[attr-defined] # the stubs don't know it
    connection.settings_dict["NAME"] = name
