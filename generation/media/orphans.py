"""Objects in storage without a row, left by a process that died before its transaction."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import batched

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from generation.media import storage
from generation.models import Archive, Image, Reference

YOUNG = timedelta(hours=24)
FOLDERS = ("images", "thumbnails", "mediums", "references", "archives")
AT_ONCE = 500


def remove() -> int:
    """Delete objects that are older than a day and belong to no row; other folders are left alone.

    Returns:
        The number of objects deleted.
    """
    removed = 0
    for folder in storage.folders(storage.ROOT):
        workspace = uuid.UUID(hex=folder)
        for names in batched(_stored(folder), AT_ONCE, strict=False):
            unknown = [name for name in set(names) - _known(workspace, names) if _is_old(name)]
            storage.remove(*unknown)
            removed += len(unknown)
    return removed


def _stored(workspace: str) -> Iterator[str]:
    folders = set(default_storage.listdir(f"{storage.ROOT}/{workspace}")[0])
    for folder in sorted(folders.intersection(FOLDERS)):
        place = f"{storage.ROOT}/{workspace}/{folder}"
        for name in default_storage.listdir(place)[1]:
            yield f"{place}/{name}"


def _known(workspace: uuid.UUID, names: tuple[str, ...]) -> set[str]:
    """Return the names that a row has, looked up within the workspace, where an index finds them."""
    images = Image.objects.filter(workspace_id=workspace).filter(
        Q(file__in=names) | Q(thumbnail__in=names) | Q(medium__in=names)
    )
    references = Reference.objects.filter(workspace_id=workspace).filter(
        Q(file__in=names) | Q(thumbnail__in=names)
    )
    rows = [*images.values_list("file", "thumbnail", "medium"), *references.values_list("file", "thumbnail")]
    archives = Archive.objects.filter(workspace_id=workspace, file__in=names).values_list("file", flat=True)
    return {name for row in rows for name in row} | set(archives)


def _is_old(name: str) -> bool:
    return default_storage.get_modified_time(name) < timezone.now() - YOUNG
