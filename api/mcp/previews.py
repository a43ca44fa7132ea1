"""Small pictures in answers, so that an agent and its person see what was made; the originals come as links."""

from typing import Final
from uuid import UUID

import pybase64
from mcp.types import ImageContent

from accounts.models import Workspace
from core.database.connections import release_connection
from generation.media import storage
from generation.media.small import on_demand
from generation.media.storage import StorageError
from generation.models import Image, ImageStatus

FEW: Final = 4
MOST_BYTES: Final = 120_000
"""Of one of them: a small version has 512 pixels at most, 20 to 60 kB."""


def of(workspace: Workspace, generation: UUID) -> list[ImageContent]:
    """Return the first images of a generation, small; an image without a small version in time is left out.

    No connection is held while a small version is made or read.
    """
    stored = workspace.images.filter(generation=generation, status=ImageStatus.STORED, deleted_at=None)
    images = list(stored.order_by("index")[:FEW])
    return [picture for image in images if (picture := _small(image))]


def _small(image: Image) -> ImageContent | None:
    if not image.thumbnail and not on_demand.ensure(image):
        return None
    release_connection()
    try:
        data = storage.get(image.thumbnail)
    except StorageError:
        return None
    if len(data) > MOST_BYTES:
        return None
    return ImageContent(data=pybase64.b64encode(data).decode(), mime_type="image/webp")
