"""Zip archives of batches: packed in the background without holding them in memory, deleted after a week."""

import io
import json
import re
import shutil
import tempfile
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from core import ids, jobs
from core.database import portions
from core.outputs import csv_cells
from generation.errors import BatchNotReady
from generation.media import storage
from generation.media.storage import TROUBLE
from generation.models import Archive, ArchiveStatus, Batch, BatchRow, Image, ImageStatus, Reason

KEPT = timedelta(days=7)
STALE = timedelta(minutes=10)
"""An archive that has shown no progress for this long is packed anew."""
HEARTBEAT_SECONDS = 2.0
CHUNK = 1 << 20
AT_ONCE = 500
INDEX = "index.csv"
MAX_SLUG = 48
MAX_SLUG_BYTES = 150
"""What a name of a file, 255 bytes on most systems, has room for."""
RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
"""Names that Windows keeps for itself, whatever their ending."""
HEAD = ("row", "name", "prompt", "status", "reason", "credits", "files", "external_id", "metadata")


def request_archive(batch: Batch, user: User | None = None) -> Archive:
    """Return an archive of all images that the batch has by now: an existing or pending one, or a new one.

    Raises:
        BatchNotReady: it has no image yet.
    """
    with transaction.atomic():
        Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        images = stored_images(batch).count()
        if not images:
            raise BatchNotReady("This batch has no images yet, so there is nothing to pack.")
        known = current(batch)
        if known and (known.status != ArchiveStatus.READY or known.images == images):
            return known
        made = Archive.objects.create(
            workspace_id=batch.workspace_id, batch=batch, created_by=user, images=images, beat_at=Now()
        )
        jobs.defer("generation.tasks.pack", archive_id=str(made.pk))
    return made


def current(batch: Batch) -> Archive | None:
    """Return a batch's newest archive that is ready or pending."""
    alive = (ArchiveStatus.QUEUED, ArchiveStatus.BUILDING, ArchiveStatus.READY)
    return batch.archives.filter(status__in=alive).order_by("-pk").first()


def stored_images(batch: Batch) -> Any:
    """Return the images that go into a batch's zip, in the order of its rows."""
    found = Image.objects.filter(
        generation__batch=batch, status=ImageStatus.STORED, deleted_at=None
    ).select_related("generation__batch_row")
    return found.order_by("generation__batch_row__position", "generation_id", "index")


def build(archive_id: uuid.UUID) -> None:
    """Pack an archive once: a second run finds nothing to do while the first one shows progress."""
    claim = ids.new()
    free = Archive.objects.filter(pk=archive_id, status=ArchiveStatus.QUEUED) | Archive.objects.filter(
        pk=archive_id, status=ArchiveStatus.BUILDING, beat_at__lt=Now() - STALE
    )
    if not free.update(status=ArchiveStatus.BUILDING, claim=claim, packed=0, beat_at=Now()):
        return
    archive = Archive.objects.select_related("batch").get(pk=archive_id)
    mine = Archive.objects.filter(pk=archive_id, claim=claim)
    name = storage.new_key(archive.workspace_id, "archives", "zip")
    try:
        with tempfile.TemporaryFile() as file:
            if not _fill(file, archive, claim):
                return
            size = file.tell()
            file.seek(0)
            default_storage.save(name, File(file))
    except TROUBLE:
        mine.update(status=ArchiveStatus.FAILED)
        storage.remove(name)
        return
    if not mine.update(
        status=ArchiveStatus.READY, file=name, bytes=size, ready_at=Now(), expires_at=Now() + KEPT, claim=None
    ):
        # Another run has taken over.
        storage.remove(name)


def sweep() -> int:
    """Delete expired archives, and queue again those whose worker has died.

    Returns:
        The number of archives that were deleted or queued again.
    """
    expired = portions.work_off(_remove_expired)
    waiting = (ArchiveStatus.QUEUED, ArchiveStatus.BUILDING)
    stale = Archive.objects.filter(status__in=waiting, beat_at__lt=Now() - STALE).values_list("pk", flat=True)
    stale_ids = list(stale[:500])
    jobs.defer_all("generation.tasks.pack", [{"archive_id": str(key)} for key in stale_ids])
    return expired + len(stale_ids)


def _remove_expired() -> int:
    """Delete some of the archives that have expired; those whose file stays are tried again."""
    ready = Archive.objects.filter(status=ArchiveStatus.READY, expires_at__lt=Now())
    files = dict(ready.values_list("pk", "file")[:AT_ONCE])
    left = storage.remove_all(files.values())
    gone = [pk for pk, file in files.items() if file not in left]
    return Archive.objects.filter(pk__in=gone).update(status=ArchiveStatus.GONE, file="")


def rows_as_csv(batch: Batch) -> Iterator[str]:
    """Yield the batch's rows as CSV, line by line: what was ordered, its outcome, and its files."""
    names: dict[int, list[str]] = {}
    for image, name in _named(batch):
        row = image.generation.batch_row
        names.setdefault(row.position if row else 0, []).append(name)
    rows = batch.rows.select_related("generation").prefetch_related("generation__images")
    cells = (_cells(row, names.get(row.position, [])) for row in rows.iterator(chunk_size=200))
    yield from csv_cells.lines(HEAD, cells)


def _cells(row: BatchRow, files: list[str]) -> tuple[Any, ...]:
    made = row.generation
    reasons = {image.reason for image in made.images.all() if image.reason} if made else set()
    words = "; ".join(Reason(one).label for one in sorted(reasons))
    status = made.get_status_display() if made else "Left out"
    credits = made.charged if made else 0
    labels = (
        row.overrides.get("external_id", ""),
        json.dumps(made.metadata) if made and made.metadata else "",
    )
    return (row.position, row.name, row.prompt, status, words or row.error, credits, " ".join(files), *labels)


def _fill(file: IO[bytes], archive: Archive, claim: uuid.UUID) -> bool:
    """Write the zip.

    Returns:
        False if another run has taken it over.
    """
    last_beat = time.monotonic()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        for number, (image, name) in enumerate(_named(archive.batch), start=1):
            info = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
            # An image that was deleted meanwhile is left out.
            with (
                suppress(FileNotFoundError),
                default_storage.open(image.file) as source,
                packed.open(info, "w") as target,
            ):
                shutil.copyfileobj(source, target, CHUNK)
            if time.monotonic() - last_beat > HEARTBEAT_SECONDS:
                last_beat = time.monotonic()
                beat = Archive.objects.filter(pk=archive.pk, claim=claim)
                if not beat.update(packed=number, beat_at=Now()):
                    return False
        packed.writestr(INDEX, "".join(rows_as_csv(archive.batch)))
    file.seek(0, io.SEEK_END)
    return True


def _named(batch: Batch) -> Iterator[tuple[Image, str]]:
    """Yield each image with its name in the zip: `017-brass-bell.png`, `017-brass-bell-2.png`."""
    taken: dict[str, int] = {}
    for image in stored_images(batch).iterator(chunk_size=200):
        row = image.generation.batch_row
        stem = f"{row.position:04}-{slug(row.name or row.prompt)}" if row else image.public_id
        taken[stem] = taken.get(stem, 0) + 1
        more = f"-{taken[stem]}" if taken[stem] > 1 else ""
        yield image, f"{stem}{more}.{image.format}"


def slug(text: str) -> str:
    """Make a file name from words of any script: no path, nothing invisible, the same on every system."""
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).lower())
    plain = re.sub("-+", "-", "".join(letter if _is_of_word(letter) else "-" for letter in lowered)).strip(
        "-"
    )
    kept = plain[:MAX_SLUG].encode()[:MAX_SLUG_BYTES].decode(errors="ignore").strip("-")
    return kept if kept and kept not in RESERVED else f"image-{kept}".strip("-")


def _is_of_word(letter: str) -> bool:
    """Return whether a letter, a digit, or a mark of one, which is part of it in many scripts."""
    return unicodedata.category(letter)[0] in "LMN"
