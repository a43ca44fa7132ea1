"""What is known of backups: rows of those that were made, and how old the last one is."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from config.backups.folder import Manifest
from config.models import Backup
from config.version import version
from core.dashboard import Gauge, age_in_words, changelist_url

LATE: Final = timedelta(hours=26)
"""A backup a day, and two hours for making it."""


def remember(made: Path, manifest: Manifest) -> bool:
    """Record a backup; return False where the database is still of a version without the table."""
    return _record(
        Backup(
            made_at=datetime.fromisoformat(manifest.made_at),
            place=str(made)[-500:],
            version=manifest.version,
            database_bytes=manifest.dump_bytes,
            objects_listed=manifest.objects,
            objects_bytes=manifest.objects_bytes,
            has_objects=manifest.has_objects,
        )
    )


def remember_elsewhere(name: str) -> bool:
    """Record a backup that something else has just made."""
    return _record(Backup(place=name[:500], version=version()))


def remember_check(manifest: Manifest, differences: list[str]) -> None:
    """Record what a restore on trial has found, where the backup is known."""
    with suppress(ProgrammingError), transaction.atomic():
        Backup.objects.filter(made_at=datetime.fromisoformat(manifest.made_at)).update(
            checked_at=timezone.now(), differences=differences
        )


def _record(row: Backup) -> bool:
    try:
        with transaction.atomic():
            row.save()
    except ProgrammingError:
        return False
    return True


def last() -> Backup | None:
    """Return the newest backup that is known."""
    return Backup.objects.order_by("-made_at").first()


def lateness(now: datetime) -> str:
    """Return "ok", or in words that a backup is overdue; a new installation has a day for its first."""
    row = last()
    if row is not None:
        return "ok" if now - row.made_at <= LATE else f"the last is {age_in_words(row.made_at, now)} old"
    if not settings.PRODUCTION:
        return "ok"
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(applied) FROM django_migrations")
        (installed,) = cursor.fetchone() or (None,)
    return "none was ever made" if installed is None or now - installed > LATE else "ok"


def gauge() -> Gauge:
    """Show the age of the last backup, and what its trial found."""
    now, row, href = timezone.now(), last(), changelist_url("config.backup")
    if row is None:
        return Gauge(
            "Last backup", "never", href, "manage.py backup", "bad" if settings.PRODUCTION else "warn"
        )
    tone = "bad" if now - row.made_at > LATE or row.differences else ""
    if row.differences:
        detail = f"{len(row.differences)} differences when restored on trial"
    elif row.checked_at:
        detail = "restored on trial, in order"
    else:
        detail = "not restored on trial yet"
    return Gauge("Last backup", f"{age_in_words(row.made_at, now)} ago", href, detail, tone)
