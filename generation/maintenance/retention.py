"""Retention: removal of old events and previews, and of the files of deleted images and references."""

from datetime import UTC, datetime, timedelta

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from generation.batches import archives, drafts
from generation.maintenance import provider_copies
from generation.media import storage
from generation.models import DailyTestImages, Generation, Image, Reference, Status

EVENTS_LAST = timedelta(days=7)
DELETED_LAST = timedelta(days=1)
PREVIEWS_LAST = timedelta(hours=2)
TEST_DAYS_LAST = timedelta(days=7)
AT_ONCE = 500
_PRUNE = """
    DELETE FROM generation_event WHERE id IN (
        SELECT id FROM generation_event WHERE created_at < %s ORDER BY created_at LIMIT 10000
    )
"""


def remove_expired() -> dict[str, int]:
    """Remove all expired data.

    Returns:
        The number of removed items of each kind.
    """
    return {
        "events": prune_events(),
        "previews": remove_previews(),
        "files of images": remove_images(),
        "files of references": remove_references(),
        "archives": archives.sweep(),
        "drafts of batches": drafts.prune(),
        "days of test images": DailyTestImages.objects.filter(
            day__lt=timezone.now() - TEST_DAYS_LAST
        ).delete()[0],
    }


def prune_events() -> int:
    """Delete events that are too old to resume a stream from, 10,000 at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE, [timezone.now() - EVENTS_LAST])
        return max(0, int(cursor.rowcount))


def remove_previews() -> int:
    """Delete the previews of past hours, each of which has a folder."""
    oldest, removed = timezone.now() - PREVIEWS_LAST, 0
    for hour in storage.folders(storage.PREVIEWS):
        if datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=UTC) < oldest:
            folder = f"{storage.PREVIEWS}/{hour}"
            names = default_storage.listdir(folder)[1]
            storage.remove(*(f"{folder}/{name}" for name in names), folder)
            removed += len(names)
    return removed


def remove_images() -> int:
    """Delete the files of images deleted a day ago, and what providers keep of them.

    The row keeps its hash; an empty thumbnail marks it as done.
    """
    gone = Image.objects.filter(deleted_at__lt=timezone.now() - DELETED_LAST).exclude(thumbnail="")[:AT_ONCE]
    for image in gone:
        storage.remove(image.file, image.medium, image.thumbnail)
        with transaction.atomic():
            provider_copies.forget_images([image.pk])
            Image.objects.filter(pk=image.pk).update(thumbnail="", medium="", thumbhash=b"")
    return len(gone)


def remove_references() -> int:
    """Delete the files of references deleted a day ago that nothing under way needs, and what providers keep of them."""
    old = Reference.objects.filter(deleted_at__lt=timezone.now() - DELETED_LAST).exclude(thumbnail="")
    removed = 0
    for reference in old[:AT_ONCE]:
        needed = Generation.objects.filter(
            workspace_id=reference.workspace_id,
            status__in=(Status.QUEUED, Status.RUNNING),
        ).filter(Q(references__contains=[reference.pk]) | Q(mask=reference.pk))
        if not needed.exists():
            storage.remove(reference.file, reference.thumbnail)
            with transaction.atomic():
                provider_copies.forget_reference(reference)
                Reference.objects.filter(pk=reference.pk).update(thumbnail="", thumbhash=b"")
            removed += 1
    return removed
