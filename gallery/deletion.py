"""Taking images out of a gallery."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from accounts.models import Workspace


def delete(workspace: Workspace, images: Sequence[UUID]) -> int:
    """Hide these of the workspace's images at once; their files go with the sweeper. The charge for them stays.

    Returns:
        How many were there to be hidden; ids that are not, or not the workspace's, are passed over.
    """
    return workspace.images.filter(pk__in=images, status="stored", deleted_at=None).update(
        deleted_at=timezone.now()
    )
