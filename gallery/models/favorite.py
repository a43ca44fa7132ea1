"""Favorite images."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from generation.models import Image


class Favorite(models.Model):
    """A member's star on an image."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="favorites")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="favorites", db_index=False
    )
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="favorites")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "image"), name="favorite_once"),)

    def __str__(self) -> str:
        return f"{self.user} likes {self.image_id}"
