"""Deletion of images from a gallery."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User, Workspace
from gallery.models import Favorite
from generation.models import Image
from generation.signals import images_removed


def delete(workspace: Workspace, images: Sequence[UUID]) -> int:
    """Hide these images of the workspace at once; the sweeper deletes their files. They stay charged.

    Returns:
        The number of images hidden; ids that don't exist or aren't the workspace's are skipped.
    """
    shown = workspace.images.filter(pk__in=images, status="stored", deleted_at=None)
    with transaction.atomic():
        locked = shown.order_by("pk").select_for_update(no_key=True)
        found = list(locked.values_list("pk", flat=True))
        workspace.images.filter(pk__in=found).update(deleted_at=timezone.now())
        if found:
            images_removed.send(Image, workspace=workspace, images=found)
    return len(found)


def add_favorite(image: Image, user: User) -> None:
    """Put the member's star on an image; doing it twice is harmless."""
    Favorite.objects.bulk_create(
        [Favorite(workspace_id=image.workspace_id, user=user, image=image)], ignore_conflicts=True
    )


def remove_favorite(image: Image, user: User) -> None:
    """Remove the member's star."""
    Favorite.objects.filter(user=user, image=image).delete()
