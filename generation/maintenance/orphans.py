"""Objects in storage without a row, left by a process that died before its transaction.

A database that was restored to an earlier state doesn't know what was stored since, and neither does another
installation's: their originals look the same. So two things keep the sweep from deleting, until somebody agrees:

- the mark: every hour the newest image's id is noted in the store. A database without that image is not the one that
  the store belongs to, or is older than the store.
- the share: where more than a tenth of an hour's originals belong to no row, no dead process has left them.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from accounts import recipients
from core import ids, mail
from core.database import keyset
from core.mail import Letter
from generation.media import storage
from generation.media.known_names import KnownNames
from generation.media.storage import StorageError, StoredObject
from generation.models import Archive, Image, ImageStatus, Reference

YOUNG = timedelta(hours=24)
ORIGINALS: Final = ("images", "references")
FOLDERS: Final = (*ORIGINALS, "thumbnails", "mediums", "archives")
MARKS: Final = "marks"
AT_ONCE: Final = 10_000
MOST: Final = 100_000
"""Objects that one sweep notes, and deletes."""
SHARE, FEW = 0.1, 10
"""Of an hour's originals, and how many of them may be unknown whatever their share."""
KEPT: Final = "generation.orphans"
LETTER: Final = Letter(
    subject="{count} objects in the store belong to nothing, and are kept",
    heading="The nightly sweep has deleted nothing",
    lead="{count} objects in the store belong to no row of the database. {objection} After a restore these are images that "
    "were bought since, so nothing is deleted until you say so; what is stored and known is not touched.",
    label="Read what to do",
    href="{BASE_URL}/admin/",
    note="manage.py remove_orphans lists them, and deletes them with --really. See “Backup and restore” in the handbook. You "
    "get one email a day about this while it lasts.",
)


@dataclass
class Orphans:
    """Old objects that no row knows.

    Attributes:
        names: their keys, `MOST` at most.
        size: bytes of those.
        days: how many of those were stored on each day.
        originals: how many originals were stored in each hour, known or not.
        unknown: how many of these no row knows.
        is_complete: whether there are no more than `names`.
    """

    names: list[str] = field(default_factory=list)
    size: int = 0
    days: Counter[str] = field(default_factory=Counter)
    originals: Counter[datetime] = field(default_factory=Counter)
    unknown: Counter[datetime] = field(default_factory=Counter)
    is_complete: bool = True

    def note(self, found: StoredObject) -> None:
        """Add one."""
        if len(self.names) == MOST:
            self.is_complete = False
            return
        self.names.append(found.name)
        self.size += found.size
        self.days[f"{found.modified:%Y-%m-%d}"] += 1

    def objection(self) -> str:
        """Say in a sentence why they should not be deleted unasked; empty if nothing speaks against it."""
        if behind := _unknown_marks():
            return (
                f"The store was last used with image {ids.public('img', behind[0])}, which this database does not have: it was "
                "restored to an earlier state, or the store is another installation's."
            )
        if not self.is_complete:
            return f"They are more than {MOST:,}."
        for hour, unknown in sorted(self.unknown.items()):
            if unknown > max(FEW, SHARE * self.originals[hour]):
                return (
                    f"Of the {self.originals[hour]:,} originals that were stored in the hour from {hour:%Y-%m-%d %H:%M} UTC, "
                    f"{unknown:,} are among them."
                )
        return ""


def sweep() -> int:
    """Delete objects that are older than a day and belong to no row, or tell operators why that was not done.

    Other folders are left alone.

    Returns:
        The number of objects deleted.
    """
    found = find()
    if not found.names:
        return 0
    if objection := found.objection():
        more = "" if found.is_complete else "more than "
        mail.post(KEPT, recipients.operators(), count=f"{more}{len(found.names):,}", objection=objection)
        return 0
    return remove(found)


def remove(found: Orphans) -> int:
    """Delete them, and return how many were."""
    return len(found.names) - len(storage.remove_all(found.names))


def find() -> Orphans:
    """Look through the whole store: every object once, every row once."""
    found, deleted = Orphans(), _deleted()
    before = timezone.now() - YOUNG
    everything = (one for one in storage.objects_under(storage.ROOT) if _place(one)[1] in FOLDERS)
    for folder, objects in groupby(everything, key=lambda one: _place(one)[0]):
        # Nobody's yet: only what is old counts, and its row would be older still.
        known = _known(uuid.UUID(hex=folder))
        for one in objects:
            if one.modified > before:
                continue
            hour = one.modified.replace(minute=0, second=0, microsecond=0)
            is_original, is_known = _place(one)[1] in ORIGINALS, one.name in known or one.name in deleted
            found.originals[hour] += is_original
            if not is_known:
                found.unknown[hour] += is_original
                found.note(one)
    # Somebody may have deleted an image before its workspace's rows were read.
    deleted = _deleted()
    found.names = [name for name in found.names if name not in deleted]
    return found


def leave_mark() -> None:
    """Note the newest image in the store, unless the store was used with a newer one that this database doesn't know."""
    newest = Image.objects.order_by("-pk").values_list("pk", flat=True).first()
    with suppress(StorageError, *storage.TROUBLE):
        marks = _marks()
        if newest is None or newest in marks or _unknown_marks():
            return
        storage.put(f"{MARKS}/{newest.hex}", b"The newest image when this was written.")
        storage.remove_all(f"{MARKS}/{mark.hex}" for mark in marks)


def accept_database() -> None:
    """Let the store belong to this database from now on, whatever it was used with before."""
    storage.remove_all([f"{MARKS}/{mark.hex}" for mark in _unknown_marks()])


def _marks() -> list[uuid.UUID]:
    return [uuid.UUID(hex=one.name.rpartition("/")[2]) for one in storage.objects_under(MARKS)]


def _unknown_marks() -> list[uuid.UUID]:
    marks = _marks()
    known = set(Image.objects.filter(pk__in=marks).values_list("pk", flat=True))
    return [mark for mark in marks if mark not in known]


def _place(one: StoredObject) -> tuple[str, str]:
    """Return the folder of an object's workspace, and its own folder in there."""
    _, workspace, folder, *_ = (*one.name.split("/"), "", "")
    return workspace, folder


def _known(workspace: uuid.UUID) -> KnownNames:
    """Read the names of a workspace's rows, each once, a portion at a time and by an index."""
    known = KnownNames()
    images = Image.objects.filter(workspace_id=workspace, status=ImageStatus.STORED, deleted_at=None)
    for image in _each(images.order_by("-pk").only("pk", "file", "thumbnail", "medium")):
        known.add((image.file, image.thumbnail, image.medium))
    references = Reference.objects.filter(workspace_id=workspace).exclude(thumbnail="")
    for reference in _each(references.order_by("-pk").only("pk", "file", "thumbnail")):
        known.add((reference.file, reference.thumbnail))
    known.add(Archive.objects.filter(workspace_id=workspace).exclude(file="").values_list("file", flat=True))
    return known


def _deleted() -> KnownNames:
    """Read the names of images that were deleted lately: their files go a day later, with the hourly sweep."""
    known = KnownNames()
    rows = Image.objects.filter(deleted_at__isnull=False, removed_at=None)
    for names in rows.order_by("deleted_at").values_list("file", "thumbnail", "medium").iterator(AT_ONCE):
        known.add(names)
    return known


def _each[Row: (Image, Reference)](rows: QuerySet[Row]) -> Iterator[Row]:
    for page in keyset.pages(rows, AT_ONCE):
        yield from page


def _letter(count: str, objection: str) -> Letter:
    return LETTER.filled({"count": count, "objection": objection})


WRITERS = {KEPT: _letter}
