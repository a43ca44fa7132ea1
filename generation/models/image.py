"""Images: the outputs of generations."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from core import ids
from core.database.constraints import known
from generation.models.generation import Generation
from generation.models.image_model import ImageModel
from generation.models.provider import Provider


class ImageStatus(models.TextChoices):
    """The states of an image: waiting → running → stored or failed."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    STORED = "stored", "Stored"
    FAILED = "failed", "Failed"


class Reason(models.TextChoices):
    """The reason why there is no image. None of these is ever charged."""

    MODERATION_INPUT = (
        "moderation_input",
        "The provider declined these words. Nothing was charged; change the prompt and try again.",
    )
    MODERATION_OUTPUT = (
        "moderation_output",
        "The provider made the image and withheld it. Nothing was charged; change the prompt or try again.",
    )
    PROVIDER_BUSY = (
        "provider_busy",
        "The provider is too busy. Nothing was charged; try again in a few minutes.",
    )
    PROVIDER_ERROR = (
        "provider_error",
        "The provider failed. Nothing was charged; try again, or try another model.",
    )
    TIMEOUT = "timeout", "The provider did not answer in time. Nothing was charged; try again."
    WRONG_OUTPUT = (
        "wrong_output",
        "The provider delivered something other than what was ordered. Nothing was charged; try again.",
    )
    STORAGE_ERROR = "storage_error", "The image could not be stored safely. Nothing was charged; try again."
    CANCELED = "canceled", "Canceled before it was made. Nothing was charged."


class Image(models.Model):
    """An ordered image, charged exactly if it is stored, which happens once or never."""

    Status = ImageStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="images")
    generation = models.ForeignKey(
        Generation, on_delete=models.PROTECT, related_name="images", db_index=False
    )
    index = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=ImageStatus, default=ImageStatus.WAITING)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    detail = models.JSONField(default=dict, help_text="Public facts of a refusal: stage, categories.")
    credits = models.PositiveIntegerField(help_text="Its part of the quote.")

    dispatched_at = models.DateTimeField(
        null=True, help_text="Since when it has one of its workspace's places in flight."
    )
    lane = models.PositiveSmallIntegerField(
        default=0, help_text="How many of its workspace's were in flight before it."
    )
    turn = models.PositiveSmallIntegerField(
        null=True,
        default=0,
        help_text="Whose turn is next in its workspace: 0 where a person waits, 1 in a batch; empty: paused.",
    )
    parked_at = models.DateTimeField(
        null=True, help_text="Since when it waits for a place at its provider, without a job."
    )
    provider = models.ForeignKey(
        Provider,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="Whose place it waits for, or last waited for.",
    )
    model = models.ForeignKey(
        ImageModel,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="Which of that provider's models, whose pace it waits for.",
    )
    tries = models.PositiveSmallIntegerField(default=0, help_text="Attempts made.")

    claim = models.UUIDField(
        null=True, help_text="Fencing token of the attempt that may write; others are too late."
    )
    lease_until = models.DateTimeField(
        null=True, help_text="Past this, the sweeper takes the image from its attempt."
    )

    file = models.CharField(max_length=200, blank=True, help_text="Key of the original in storage.")
    thumbnail = models.CharField(
        max_length=200, blank=True, help_text="Key of the small version; empty until the small ones are made."
    )
    medium = models.CharField(
        max_length=200, blank=True, help_text="The same; empty for good where the original is hardly larger."
    )
    preview = models.CharField(
        max_length=200, blank=True, help_text="Key of the newest partial, while running."
    )
    thumbhash = models.BinaryField(default=b"")
    format = models.CharField(max_length=5, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size = models.PositiveIntegerField(null=True, help_text="Bytes.")
    sha256 = models.BinaryField(default=b"")
    seed = models.BigIntegerField(null=True, help_text="The one that made it, by its provider's word.")

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(
        null=True, help_text="Hidden since then; its files go with the sweeper."
    )
    removed_at = models.DateTimeField(null=True, help_text="When its files were gone.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("generation", "index"), name="image_once"),
            models.CheckConstraint(
                condition=~Q(status="stored") | (~Q(file="") & Q(finished_at__isnull=False)),
                name="image_stored_has_file",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(reason=""), name="image_failed_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(status="running", claim__isnull=False, lease_until__isnull=False)
                | (~Q(status="running") & Q(claim=None, lease_until=None)),
                name="image_runs_by_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(parked_at=None) | Q(status="waiting"), name="image_parked_waits"
            ),
            known("status", ImageStatus, "image_status_known"),
            known("reason", Reason, "image_reason_known", or_empty=True),
        )
        indexes = (
            models.Index(
                fields=("workspace", "-id"),
                condition=Q(status="stored", deleted_at=None),
                name="image_gallery",
            ),
            # No index names `lease_until`: so a renewal writes one small row and no index.
            models.Index(fields=("claim",), condition=Q(status="running"), name="image_running"),
            models.Index(
                fields=("workspace", "-id"),
                condition=Q(status="failed", deleted_at=None),
                name="image_failed_of_workspace",
            ),
            models.Index(
                fields=("workspace",),
                condition=Q(status__in=("waiting", "running"), dispatched_at__isnull=False),
                name="image_in_flight",
            ),
            models.Index(
                fields=("workspace", "turn", "id"),
                condition=Q(status="waiting", dispatched_at=None),
                name="image_undispatched",
            ),
            models.Index(fields=("sha256",), condition=Q(status="stored"), name="image_sha256"),
            models.Index(
                fields=("deleted_at",),
                condition=Q(deleted_at__isnull=False, removed_at=None),
                name="image_with_files_to_remove",
            ),
            models.Index(
                fields=("provider", "lane", "id"),
                condition=Q(parked_at__isnull=False),
                name="image_parked_at_provider",
            ),
            models.Index(
                fields=("provider", "model", "lane", "id"),
                condition=Q(parked_at__isnull=False),
                name="image_parked_for_model",
            ),
        )

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Public id, `img_…`."""
        return ids.public("img", self.pk)
