"""Stars: a member's favorite images."""

from accounts.models import User
from gallery.models import Favorite
from generation.models import Image


def star(image: Image, user: User) -> None:
    """Put the member's star on an image; doing it twice is harmless."""
    Favorite.objects.bulk_create(
        [Favorite(workspace_id=image.workspace_id, user=user, image=image)], ignore_conflicts=True
    )


def unstar(image: Image, user: User) -> None:
    """Remove the member's star."""
    Favorite.objects.filter(user=user, image=image).delete()
