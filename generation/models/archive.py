"""The zip of a batch."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids
from core.database.constraints import known
from generation.models.batch import Batch


class ArchiveStatus(models.TextChoices):
    """The states of an archive: queued → building → ready or failed; a ready one is gone after a week."""

    QUEUED = "queued", "Waiting"
    BUILDING = "building", "Packing"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    GONE = "gone", "Deleted"


class Archive(models.Model):
    """A file with the images that a batch had when it was requested, built in the background."""

    Status = ArchiveStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="archives")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="archives")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    status = models.CharField(max_length=8, choices=ArchiveStatus, default=ArchiveStatus.QUEUED)
    images = models.PositiveSmallIntegerField(help_text="How many go in.")
    packed = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, help_text="Fencing token of the run that may write.")
    beat_at = models.DateTimeField(default=timezone.now, help_text="When it last made progress.")
    file = models.CharField(max_length=200, blank=True, help_text="Key in storage.")
    bytes = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("batch",),
                condition=models.Q(status__in=("queued", "building")),
                name="archive_one_at_a_time",
            ),
            known("status", ArchiveStatus, "archive_status_known"),
        )
        indexes = (
            models.Index(fields=("expires_at",), condition=models.Q(status="ready"), name="archive_age"),
        )

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Public id, `arc_…`."""
        return ids.public("arc", self.pk)
