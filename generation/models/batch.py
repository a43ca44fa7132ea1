"""Batches: many prompts, ordered together."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from core import ids
from core.database.constraints import known


class BatchStatus(models.TextChoices):
    """The states: draft → running ⇄ paused → succeeded, partial, failed or canceled; a retry makes it run again."""

    DRAFT = "draft", "Draft"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    SUCCEEDED = "succeeded", "Done"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


UNDER_WAY = (BatchStatus.RUNNING, BatchStatus.PAUSED)


class Batch(models.Model):
    """Up to 1,000 rows with one set of settings, one quote and one hold.

    A draft's rows are checked and can be corrected. `stored`, `failed` and `charged` are written when it
    ends; while it runs, `generation.batches.progress` counts.
    """

    Status = BatchStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="batches", db_index=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    token = models.ForeignKey(
        ApiToken, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    is_test = models.BooleanField(default=False)
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=BatchStatus, default=BatchStatus.DRAFT)
    common = models.JSONField(default=dict, help_text="What applies where a row says nothing else.")
    external_id = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="Whoever ordered it calls it so."
    )
    metadata = models.JSONField(
        default=dict,
        db_default={},
        help_text="Pairs of text of whoever ordered it; each of its generations has them.",
    )
    notes = models.JSONField(default=list, help_text="What was noticed when its file was read.")
    size = models.PositiveSmallIntegerField(default=0, help_text="Rows that are or were ordered.")
    images = models.PositiveIntegerField(default=0, help_text="Images ordered, of all rounds.")
    rounds = models.PositiveSmallIntegerField(
        default=0, help_text="Holds taken: one at the start, one a retry."
    )
    credits = models.PositiveIntegerField(default=0, help_text="Quoted and held, over all rounds.")
    charged = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"
        constraints = (
            known("status", BatchStatus, "batch_status_known"),
            models.CheckConstraint(
                condition=models.Q(charged__lte=models.F("credits")), name="batch_charged_within_quote"
            ),
        )
        indexes = (
            models.Index(fields=("workspace", "-id"), name="batch_of_workspace"),
            models.Index(
                fields=("status",), condition=models.Q(status__in=UNDER_WAY), name="batch_under_way"
            ),
            models.Index(fields=("created_at",), condition=models.Q(status="draft"), name="batch_draft"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """Public id, `bat_…`."""
        return ids.public("bat", self.pk)

    @property
    def is_draft(self) -> bool:
        """Whether nothing was ordered yet."""
        return self.status == BatchStatus.DRAFT

    @property
    def is_under_way(self) -> bool:
        """Whether it may still make images."""
        return self.status in UNDER_WAY

    def hold_of(self, round_number: int) -> str:
        """Return billing's reference of a round's hold; the first round is 1."""
        return f"batch:{self.pk}" if round_number == 1 else f"batch:{self.pk}:{round_number}"
