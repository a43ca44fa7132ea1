"""Stars: what a member likes to find again."""

from accounts.models import User
from gallery.models import Favorite
from generation.models import Image


def star(image: Image, user: User) -> None:
    """Put the member's star on an image; doing it twice is doing it once."""
    Favorite.objects.bulk_create(
        [Favorite(workspace_id=image.workspace_id, user=user, image=image)], ignore_conflicts=True
    )


def unstar(image: Image, user: User) -> None:
    """Take the member's star off."""
    Favorite.objects.filter(user=user, image=image).delete()
