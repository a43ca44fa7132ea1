"""Deletion of images from a gallery."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from accounts.models import Workspace


def delete(workspace: Workspace, images: Sequence[UUID]) -> int:
    """Hide these images of the workspace at once; the sweeper deletes their files. They stay charged.

    Returns:
        The number of images hidden; ids that don't exist or aren't the workspace's are skipped.
    """
    return workspace.images.filter(pk__in=images, status="stored", deleted_at=None).update(
        deleted_at=timezone.now()
    )
