"""The lease under which an image's small versions are made, and what is written down of them.

Whoever holds the lease reads the original, renders, stores, and records, without a database connection in between. A process
that dies loses its lease by the database's clock; what it has stored belongs to no row and goes with the orphans.
"""

import logging
import uuid
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now

from core import ids
from core.database import portions
from generation.media import storage
from generation.media.small.rendering import SmallVersions
from generation.models import Derivation, Image

LEASE: Final = timedelta(minutes=2)
"""Long enough for a slow store; whoever waits meanwhile shows the original."""
PAUSE: Final = timedelta(seconds=30)
"""After a try that failed: the store may be away."""
MOST_TRIES: Final = 10
"""Tries after which they are made only when somebody asks."""
FORGOTTEN_AFTER: Final = timedelta(days=30)
"""How long after the last try nobody has to have asked, for one that failed so often to be forgotten."""
_DERIVE: Final = "SELECT generation_derive(%s, %s, %s)"
_DERIVED: Final = "SELECT generation_derived(%s, %s, %s, %s, %s)"
_log = logging.getLogger(__name__)


class Standing(StrEnum):
    """Why somebody gets no lease."""

    BUSY = "busy"
    FAILED = "failed"
    MADE = "made"
    GONE = "gone"


class Lease(NamedTuple):
    """The right to make an image's small versions; `claim` is its fencing token."""

    image: uuid.UUID
    claim: uuid.UUID


class StoredVersions(NamedTuple):
    """Storage keys of the small versions, and the ThumbHash; `medium` is empty where there is none."""

    thumbnail: str
    medium: str
    thumbhash: bytes


def lease(image_id: uuid.UUID) -> Lease | Standing:
    """Take the lease, unless somebody has it, or there is nothing to make."""
    claim = ids.new()
    with connection.cursor() as cursor:
        cursor.execute(_DERIVE, [image_id, claim, LEASE.total_seconds()])
        (found,) = cursor.fetchone() or (Standing.GONE,)
    return Lease(image_id, claim) if found == "leased" else Standing(found)


def store(workspace: uuid.UUID, made: SmallVersions) -> StoredVersions:
    """Store the small versions.

    Raises:
        StorageError: the storage refused; nothing is left there.
    """
    thumbnail = storage.new_key(workspace, "thumbnails", "webp")
    medium = storage.new_key(workspace, "mediums", "webp") if made.medium else ""
    try:
        storage.put(thumbnail, made.thumbnail)
        if medium:
            storage.put(medium, made.medium)
    except storage.StorageError:
        storage.remove(thumbnail, medium)
        raise
    return StoredVersions(thumbnail, medium, made.thumbhash)


def record(held: Lease, files: StoredVersions) -> bool:
    """Write the small versions on the image's row, and give the lease back.

    Returns:
        False if the lease had ended, or the image was deleted: its files are the caller's to remove.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DERIVED, [*held, *files])
        (is_kept,) = cursor.fetchone() or (False,)
    return bool(is_kept)


def postpone(held: Lease, error: Exception) -> None:
    """Give the lease back after a failure; nobody tries again before a pause, and a store that is away is no try."""
    _log.warning("The small versions of image %s were not made: %s", held.image, error)
    mine = Derivation.objects.filter(image=held.image, claim=held.claim)
    tries = F("tries") - 1 if isinstance(error, storage.StorageError) else F("tries")
    mine.update(claim=None, lease_until=Now() + PAUSE, tries=tries)


def forget_failed() -> int:
    """Forget what has failed too often and nobody has asked for since; whoever asks begins anew. Return how many."""
    given_up = Derivation.objects.filter(tries__gte=MOST_TRIES, lease_until__lt=Now() - FORGOTTEN_AFTER)
    return portions.delete(given_up)


def waiting(most: int) -> list[Image]:
    """Return images whose small versions nobody is making, oldest first: those of orders of people, or of the dead."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    rows = Derivation.objects.filter(free, tries__lt=MOST_TRIES).select_related("image")
    return [row.image for row in rows.only("image__workspace_id", "image__file").order_by("pk")[:most]]
