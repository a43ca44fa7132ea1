"""Images that somebody uploaded to work from."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids


class Reference(models.Model):
    """A reference: re-encoded on upload, stripped of metadata, stored under a random key."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="references", db_index=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    name = models.CharField(
        max_length=120, blank=True, help_text="The original name of the file, for people only."
    )
    file = models.CharField(max_length=200, help_text="Key in storage.")
    thumbnail = models.CharField(max_length=200)
    thumbhash = models.BinaryField(default=b"")
    format = models.CharField(max_length=5)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.BinaryField()
    is_mask = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True)

    note = ""
    """What of the file was not kept, for whoever has just given it; it isn't stored."""

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("workspace", "-id"), name="reference_of_workspace"),
            models.Index(
                fields=("deleted_at",),
                condition=models.Q(deleted_at__isnull=False) & ~models.Q(thumbnail=""),
                name="reference_unremoved",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.public_id

    @property
    def public_id(self) -> str:
        """Public id, `rfe_…`."""
        return ids.public("rfe", self.pk)
