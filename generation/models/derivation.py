"""Small versions that are still to be made."""

from django.db import models

from accounts.models import Workspace
from generation.models.image import Image


class Derivation(models.Model):
    """A stored image whose small versions are to be made, or are being made: whoever holds its lease makes them.

    There is one for each image that a person has ordered, from its delivery until they are made; for one that was ordered
    by token, since somebody first asked for them. See `generation.media.small.derivation`.
    """

    image = models.OneToOneField(Image, on_delete=models.CASCADE, primary_key=True, related_name="+")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    claim = models.UUIDField(null=True, help_text="Fencing token of the lease; others are too late.")
    lease_until = models.DateTimeField(
        null=True, help_text="Until then nobody else makes them; a try that failed is repeated after it."
    )
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return str(self.image_id)
