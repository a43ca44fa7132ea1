"""Audit of storage against rows: every stored image has its object with the size that its row says.

Of a sample, the bytes are compared as well. Part of `manage.py reconcile`. Objects are listed by workspace and rows
are read in portions, so there is neither a call per image nor a long transaction. Only what seems to be missing or
of another size is asked for individually, if the row still wants it: images come and go meanwhile. Of each listed object
16 bytes are kept in memory: 48 MB for a workspace with a million images in three sizes.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Workspace
from billing.reconciliation.findings import Findings
from core.database import keyset
from generation import sql
from generation.media import storage
from generation.media.known_names import KnownNames
from generation.models import Image, ImageStatus, Reference

AT_ONCE = 2_000
SAMPLE = 50
"""Originals of each kind that are read again, different ones each night."""
ROWS: tuple[tuple[type[Image] | type[Reference], str], ...] = ((Image, "image"), (Reference, "reference"))


class StoredObject(NamedTuple):
    """What a row says about an object; a thumbnail's size is not on the row."""

    row: str
    name: str
    size: int | None


def check(found: Findings) -> None:
    """Compare every image that is not deleted with the storage."""
    for workspace in Workspace.objects.order_by("id").iterator(chunk_size=AT_ONCE):
        _workspace(found, workspace)
    for model, word in ROWS:
        _sample(found, model, word)


def _workspace(found: Findings, workspace: Workspace) -> None:
    """Compare names and sizes in a workspace's folder with its rows; confirm each difference by itself."""
    if not any(_wanted(model).filter(workspace=workspace).exists() for model, _ in ROWS):
        return
    stored = KnownNames()
    for name, size in storage.names_and_sizes(workspace.pk):
        stored.add((name, _with_size(name, size)))
    for model, word in ROWS:
        for portion in _portions(_wanted(model).filter(workspace=workspace)):
            found.counts[f"{word}s in storage"] += len(portion)
            for row in portion:
                for wanted in _objects(row, word):
                    if _with_size(wanted.name, wanted.size) not in stored:
                        _confirm(found, row, wanted)


def _wanted(model: type[Image] | type[Reference]) -> QuerySet[Any]:
    if model is Image:
        return Image.objects.filter(deleted_at=None, status=ImageStatus.STORED)
    return Reference.objects.filter(deleted_at=None)


def _portions(rows: QuerySet[Any]) -> Iterator[Sequence[Image | Reference]]:
    """Yield the rows by key, newest first, each portion by a query of its own."""
    more = ("medium",) if rows.model is Image else ()
    ordered = rows.order_by("-id").only("id", "workspace_id", "file", "thumbnail", "size", *more)
    return keyset.pages(ordered, AT_ONCE)


def _objects(row: Image | Reference, word: str) -> Iterator[StoredObject]:
    name = f"{word} {row.public_id}"
    yield StoredObject(name, row.file, row.size)
    for other in filter(None, (row.thumbnail, row.medium if isinstance(row, Image) else "")):
        if other != row.file:
            yield StoredObject(name, other, None)


def _with_size(name: str, size: int | None) -> str:
    """Name an object of that size, or of any."""
    return name if size is None else f"{name} {size}"


def _differs(wanted: StoredObject, size: int | None) -> bool:
    return size is None or (wanted.size is not None and size != wanted.size)


def _confirm(found: Findings, row: Image | Reference, wanted: StoredObject) -> None:
    size = storage.size(wanted.name)
    if not _differs(wanted, size) or not _wanted(type(row)).filter(pk=row.pk).exists():
        return
    if size is None:
        found.differ("missing object", f"{wanted.row}: {wanted.name} is not in the storage")
    else:
        found.differ(
            "wrong size", f"{wanted.row}: {wanted.name} has {size} bytes, its row says {wanted.size}"
        )


def _sample(found: Findings, model: type[Image] | type[Reference], word: str) -> None:
    """Read some originals again, chosen by random points among their hashes, which are random themselves."""
    points = [secrets.token_bytes(32) for _ in range(SAMPLE)]
    with connection.cursor() as cursor:
        cursor.execute(sql.read(f"sample_{word}"), [points])
        chosen = [pk for (pk,) in cursor.fetchall()]
    for row in _wanted(model).filter(pk__in=chosen):
        try:
            data = storage.get(row.file)
        except storage.StorageError:
            # Already reported as missing.
            continue
        found.counts[f"{word}s read again"] += 1
        if hashlib.sha256(data).digest() != bytes(row.sha256):
            found.differ("wrong hash", f"{word} {row.public_id}: {row.file} has other bytes than were stored")
