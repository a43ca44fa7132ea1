"""Retention: removal of old events and previews, and of the files of deleted images and references.

Each kind goes on until nothing is left; what time does not allow is left to the next hour.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from core.database import portions
from generation.batches import archives, drafts
from generation.maintenance import orphans, provider_copies
from generation.media import storage
from generation.media.small import derivation
from generation.models import UNFINISHED, DailyTestImages, Generation, Image, Reference

EVENTS_LAST = timedelta(days=7)
DELETED_LAST = timedelta(days=1)
PREVIEWS_LAST = timedelta(hours=2)
TEST_DAYS_LAST = timedelta(days=7)
AT_ONCE = 1_000
EVENTS_AT_ONCE = 10_000
# From the oldest id on, each portion behind the last: nothing is searched by age, and what was deleted isn't read again.
_LAST = """
    SELECT max(id) FROM (
        SELECT id FROM generation_event
        WHERE id > %(after)s
            AND (SELECT created_at FROM generation_event WHERE id > %(after)s ORDER BY id LIMIT 1) < %(before)s
        ORDER BY id LIMIT %(most)s
    ) AS oldest
"""
_PRUNE = "DELETE FROM generation_event WHERE id > %s AND id <= %s AND created_at < %s"


def remove_expired() -> dict[str, int]:
    """Remove all expired data.

    Returns:
        The number of removed items of each kind.
    """
    orphans.leave_mark()
    return {
        "events": prune_events(),
        "previews": remove_previews(),
        "files of images": remove_images(),
        "files of references": remove_references(),
        "archives": archives.sweep(),
        "drafts of batches": drafts.prune(),
        "small versions given up": derivation.forget_failed(),
        "days of test images": portions.delete(
            DailyTestImages.objects.filter(day__lt=timezone.now() - TEST_DAYS_LAST)
        ),
    }


def prune_events() -> int:
    """Delete events that are too old to resume a stream from."""
    before, after = timezone.now() - EVENTS_LAST, 0

    def portion() -> int:
        nonlocal after
        with connection.cursor() as cursor:
            cursor.execute(_LAST, {"after": after, "before": before, "most": EVENTS_AT_ONCE})
            (last,) = cursor.fetchone() or (None,)
            if last is None:
                return 0
            cursor.execute(_PRUNE, [after, last, before])
            after = last
            return int(cursor.rowcount)

    return portions.work_off(portion)


def remove_previews() -> int:
    """Delete the previews of past hours, each of which has a folder."""
    oldest, removed = timezone.now() - PREVIEWS_LAST, 0
    for hour in storage.folders(storage.PREVIEWS):
        if datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=UTC) < oldest:
            folder = f"{storage.PREVIEWS}/{hour}"
            names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
            removed += len(names) - len(storage.remove_all(names))
            storage.remove(folder)
    return removed


def remove_images() -> int:
    """Delete the files of images deleted a day ago, and what providers keep of them.

    The row keeps its hash.
    """
    gone = Image.objects.filter(deleted_at__lt=timezone.now() - DELETED_LAST, removed_at=None)
    done = {"thumbnail": "", "medium": "", "removed_at": Now()}
    return _remove_files(gone, "file", "medium", "thumbnail", done=done, forget=_forget_images)


def remove_references() -> int:
    """Delete the files of references deleted a day ago that nothing under way needs, and what providers keep of them."""
    needing = Generation.objects.filter(workspace_id=OuterRef("workspace_id"), status__in=UNFINISHED).filter(
        Q(references__contains=[OuterRef("pk")]) | Q(mask=OuterRef("pk"))
    )
    gone = Reference.objects.filter(deleted_at__lt=timezone.now() - DELETED_LAST).exclude(thumbnail="")
    return _remove_files(
        gone.filter(~Exists(needing)), "file", "thumbnail", done={"thumbnail": ""}, forget=_forget_references
    )


def _remove_files(
    rows: QuerySet[Any], *columns: str, done: dict[str, Any], forget: Callable[[list[Any]], None]
) -> int:
    """Delete the files of rows, oldest first, and mark those whose files are gone; the others are tried again."""

    def portion() -> int:
        some = list(rows.order_by("deleted_at").only("pk", "workspace_id", *columns)[:AT_ONCE])
        files = {row.pk: {getattr(row, column) for column in columns} - {""} for row in some}
        left = storage.remove_all(name for names in files.values() for name in names)
        gone = [row for row in some if not files[row.pk] & left]
        with transaction.atomic():
            forget(gone)
            rows.model.objects.filter(pk__in=[row.pk for row in gone]).update(thumbhash=b"", **done)
        return len(gone)

    return portions.work_off(portion)


def _forget_images(images: list[Image]) -> None:
    provider_copies.forget_images([image.pk for image in images])


def _forget_references(references: list[Reference]) -> None:
    for reference in references:
        provider_copies.forget_reference(reference)
