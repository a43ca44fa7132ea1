"""Making a backup while everything runs: the database as of one moment, then the bucket.

The database comes first: an object is stored before the row that names it is committed, so every row of the dump finds
its object in the list unless it was deleted meanwhile.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.backups import folder, objects, programs, records
from config.backups.folder import DUMP, FORMAT, LIST, SCHEMA, Manifest
from config.version import version

LOCK_WAIT = "60s"
"""How long the dump waits for a migration that is under way."""


def make(place: Path, *, with_objects: bool, say: Callable[[str], None]) -> Path:
    """Make a backup in a new folder of its own.

    Args:
        place: the folder that holds the backups.
        with_objects: whether the images themselves are in it, not only their list.
        say: what is told of each step.

    Returns:
        The backup's folder.

    Raises:
        BackupError: it could not be made; nothing unfinished stays.
    """
    major = programs.server_major()
    tools = programs.find(major)
    before = folder.newest_with_objects(place) if with_objects else None
    with folder.fresh(place, timezone.now()) as fresh:
        made_at, applied = _moment(), _applied()
        _dump(tools, fresh / DUMP)
        say(f"Database: {(fresh / DUMP).stat().st_size:,} bytes, as of {made_at:%Y-%m-%d %H:%M:%S} UTC")
        counted = objects.write(fresh, before, with_objects=with_objects)
        fetched = f", {counted.copied:,} of them fetched" if with_objects else ", listed alone"
        say(f"Images: {counted.objects:,} objects of {counted.bytes:,} bytes{fetched}")
        manifest = Manifest(
            format=FORMAT,
            version=version(),
            made_at=made_at.isoformat(),
            postgresql=major,
            migrations=applied,
            dump_bytes=(fresh / DUMP).stat().st_size,
            dump_sha256=folder.sha256(fresh / DUMP),
            list_sha256=folder.sha256(fresh / LIST),
            objects=counted.objects,
            objects_bytes=counted.bytes,
            has_objects=with_objects,
        )
        folder.write(fresh, manifest)
    made = place / fresh.name.removesuffix(folder.UNFINISHED)
    if not records.remember(made, manifest):
        say("It is not on the dashboard: this database has no table for that yet, until manage.py prepare.")
    return made


def _moment() -> datetime:
    """Return the database's time: what was committed before is in a dump that begins now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone() or (None,)
    assert isinstance(now, datetime)
    return now.astimezone(UTC)


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _dump(tools: Path, target: Path) -> None:
    """Dump the database, without what the cache remembers."""
    database = str(connection.settings_dict["NAME"])
    # The dump may take hours: no connection of ours waits for it.
    connection.close()
    target.touch(mode=0o600)
    with target.open("wb") as file:
        dump = programs.spawn(
            tools, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--lock-wait-timeout={LOCK_WAIT}",
            f"--schema={SCHEMA}", f"--exclude-table-data={SCHEMA}.cache", database=database, stdout=file,
        )  # fmt: skip
        programs.finish(dump, "The database could not be dumped, and no backup was made")
