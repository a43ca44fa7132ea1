"""Restoring a backup on trial: into a new database beside the real one, which is proved and dropped."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any, Final

import psycopg
import stripe
from django.db import connection
from psycopg import sql

from billing.models import Reconciliation
from billing.reconciliation import run
from config.backups import folder, objects, records, restoring
from config.backups.folder import Manifest
from config.backups.programs import BackupError
from core.database import availability

LOCK: Final = 0x63_69_6F_03
"""Number of the advisory lock that the one trial at a time holds: whatever else looks like a trial's is a dead one's."""
TRIAL: Final = "_trial_"
OURS: Final = "CreateIO: restored on trial"
"""The comment of a database that a trial has made."""
AT_ONCE: Final = 1_000
SHOWN: Final = 100
_NAMED: Final = """
    SELECT 'image', id, file, size FROM generation_image WHERE deleted_at IS NULL AND status = 'stored'
    UNION ALL SELECT 'image', id, thumbnail, NULL FROM generation_image WHERE deleted_at IS NULL AND status = 'stored'
    UNION ALL SELECT 'image', id, medium, NULL FROM generation_image WHERE deleted_at IS NULL AND status = 'stored'
    UNION ALL SELECT 'reference', id, file, size FROM generation_reference WHERE deleted_at IS NULL
    UNION ALL SELECT 'reference', id, thumbnail, NULL FROM generation_reference WHERE deleted_at IS NULL
"""
_MISSING: Final = f"""
    SELECT named.kind, named.id::text, named.file, named.size, listed.size
    FROM ({_NAMED}) AS named (kind, id, file, size) LEFT JOIN trial_object AS listed ON listed.key = named.file
    WHERE named.file <> '' AND (listed.key IS NULL OR listed.size <> named.size) LIMIT {AT_ONCE}
"""  # noqa: S608 -- constants
_STILL_WANTED: Final = """
    SELECT id::text FROM generation_image WHERE id = ANY(%(ids)s::uuid[]) AND deleted_at IS NULL
    UNION ALL SELECT id::text FROM generation_reference WHERE id = ANY(%(ids)s::uuid[]) AND deleted_at IS NULL
"""


def check(place: Path, say: Callable[[str], None]) -> list[str]:
    """Restore a backup on trial.

    Args:
        place: the backup, or the folder whose newest is meant.
        say: what is told of each step.

    Returns:
        The differences that were found; none if the backup is good.

    Raises:
        BackupError: it can't be restored at all. The real database is not touched.
    """
    found, manifest = folder.read(place)
    say(f"{found}: version {manifest.version}, as of {manifest.made_at}")
    tools = restoring.prove(found, manifest)
    with _beside() as (name, real):
        restoring.load(tools, found, database=name)
        with restoring.using(name):
            restoring.bring_up_to_date(manifest)
            say(f"Restored into {name}, and brought up to this version")
            differences = _reconcile(manifest, say)
            _list(found)
            differences += _missing_objects(real)
    if manifest.has_objects:
        differences += objects.damaged(found)
        say(f"Compared the bytes of {manifest.objects:,} objects")
    records.remember_check(manifest, differences[:SHOWN])
    return differences


def _reconcile(manifest: Manifest, say: Callable[[str], None]) -> list[str]:
    """Prove the ledger, and compare it with what Stripe had by then; Stripe away is said, and no difference."""
    try:
        row = run.run(with_checks=False, until=datetime.fromisoformat(manifest.made_at))
    except stripe.StripeError as error:
        say(f"Stripe was not asked: {error}")
        unfinished = Reconciliation.objects.first()
        return list(unfinished.differences) if unfinished else []
    compared = ", ".join(f"{number:,} {name}" for name, number in sorted(row.counts.items()))
    say(f"Reconciled: {compared or 'nothing at Stripe'}")
    return list(row.differences)


def _list(found: Path) -> None:
    """Write the backup's list of objects into a table beside the rows."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE trial_object (key text PRIMARY KEY, size bigint NOT NULL)")
        for portion in batched(objects.lines(found), AT_ONCE, strict=False):
            cursor.executemany(
                "INSERT INTO trial_object (key, size) VALUES (%s, %s)",
                [(line.key, line.size) for line in portion],
            )
        cursor.execute("ANALYZE trial_object")


def _missing_objects(real: psycopg.Connection[Any]) -> list[str]:
    """List objects that rows name and the list lacks, unless they were deleted since the dump."""
    with availability.override_timeouts(statement_timeout="0"), connection.cursor() as cursor:
        cursor.execute(_MISSING)
        rows = cursor.fetchall()
    gone = _deleted_since(real, [row[1] for row in rows])
    return [_words(*row) for row in rows if row[1] not in gone]


def _deleted_since(real: psycopg.Connection[Any], ids: Sequence[str]) -> set[str]:
    """Return those of the rows that the real database, where it has our tables, no longer wants."""
    try:
        wanted = real.execute(_STILL_WANTED, {"ids": list(ids)}).fetchall()
    except psycopg.errors.UndefinedTable:
        return set()
    return set(ids) - {name for (name,) in wanted}


def _words(kind: str, pk: str, file: str, size: int | None, listed: int | None) -> str:
    if listed is None:
        return f"missing object: {kind} {pk}: {file} was not in the bucket"
    return f"wrong size: {kind} {pk}: {file} had {listed} bytes, its row says {size}"


@contextmanager
def _beside() -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """Make an empty database beside the real one for the block, and drop it whatever happens.

    Yields:
        Its name, and a connection to the real one.

    Raises:
        BackupError: our role may not, or another trial runs.
    """
    real = str(connection.settings_dict["NAME"])
    prefix = f"{real[:40]}{TRIAL}"
    with psycopg.connect(**availability.connection_parameters(), autocommit=True) as admin:
        # Copying the template and dropping what was copied take their time.
        admin.execute("SET statement_timeout = 0")
        taken = admin.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if not (taken and taken[0]):
            raise BackupError("Another restore on trial is running: wait for it.")
        # What a trial that was killed has left says so itself: a name alone may be somebody's.
        left = admin.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            " AND shobj_description(oid, 'pg_database') = %s",
            [prefix, OURS],
        )
        for (name,) in left.fetchall():
            _drop(admin, name)
        name = f"{prefix}{secrets.token_hex(4)}"
        try:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise BackupError(
                "Our role may not create the database for the trial, and nothing was restored. Let it: "
                f"ALTER ROLE {admin.info.user} CREATEDB; or try the backup on another server."
            ) from error
        admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(OURS)))
        try:
            yield name, admin
        finally:
            _drop(admin, name)


def _drop(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
