"""Orders of one to ten images each."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from core import ids
from core.database.constraints import known
from generation.models.image_model import ImageModel


class Status(models.TextChoices):
    """The states of a generation: queued → running → succeeded, partial, failed or canceled."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Done"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


UNFINISHED = (Status.QUEUED, Status.RUNNING)
FINISHED = (Status.SUCCEEDED, Status.PARTIAL, Status.FAILED, Status.CANCELED)


class Source(models.TextChoices):
    """The origin of the order."""

    STUDIO = "studio", "Studio"
    API = "api", "API"
    OPENAI = "openai", "OpenAI-compatible API"
    BATCH = "batch", "Batch"
    TRIAL = "trial", "Style trial"


class ScopedMetadata(Func):
    """Metadata with the workspace's id under the empty name: one index then answers for one workspace by itself."""

    template = """(%(expressions)s::text || '"}')::jsonb)"""
    arg_joiner = """ || ('{"": "' || """


SCOPED_METADATA = ScopedMetadata(F("metadata"), F("workspace_id"), output_field=models.JSONField())


class Generation(models.Model):
    """An order with everything promised frozen on it: model, parameters, words and price."""

    Status = Status

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="generations", db_index=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    token = models.ForeignKey(
        ApiToken, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    source = models.CharField(max_length=10, choices=Source)
    is_test = models.BooleanField(default=False, help_text="Of a test world: drawn by the sandbox.")
    request_key = models.CharField(
        max_length=255, null=True, help_text="Idempotency key: the same key is the same request."
    )
    fingerprint = models.BinaryField(default=b"", help_text="sha256 of what was asked for under that key.")

    requested_model = models.CharField(max_length=60, help_text="As requested.")
    model = models.ForeignKey(
        ImageModel, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="As run."
    )
    prompt = models.TextField()
    sent_prompt = models.TextField(help_text="The words that go to the provider.")
    count = models.PositiveSmallIntegerField()
    width = models.PositiveIntegerField(null=True, help_text="Ordered pixels; empty where the model chooses.")
    height = models.PositiveIntegerField(null=True)
    quality = models.CharField(max_length=10, blank=True)
    background = models.CharField(max_length=12, default="auto")
    output_format = models.CharField(max_length=5, default="png")
    output_compression = models.PositiveSmallIntegerField(null=True)
    moderation = models.CharField(max_length=5, default="auto")
    seed = models.BigIntegerField(
        null=True, help_text="Of its first image, if one was asked for; each further image has the next one."
    )
    references = ArrayField(models.UUIDField(), default=list, help_text="References in order.")
    mask = models.UUIDField(null=True)
    style_version = models.ForeignKey(
        "StyleVersion", on_delete=models.PROTECT, null=True, related_name="generations", db_index=False
    )
    style_values = models.JSONField(
        default=dict, help_text="What was filled in for the style's placeholders."
    )
    style_references = models.PositiveSmallIntegerField(
        default=0, help_text="How many of the references came with the style; they are the last ones."
    )
    batch = models.ForeignKey(
        "Batch", on_delete=models.PROTECT, null=True, related_name="generations", db_index=False
    )
    batch_row = models.ForeignKey(
        "BatchRow", on_delete=models.PROTECT, null=True, related_name="generations", db_index=False
    )
    paid_from = models.CharField(
        max_length=60, blank=True, help_text="The hold that pays for it, if it is not its own but a batch's."
    )
    partials = models.PositiveSmallIntegerField(
        default=0, help_text="Partial images requested, for each image."
    )
    external_id = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="Whoever ordered it calls it so."
    )
    metadata = models.JSONField(
        default=dict, db_default={}, help_text="Pairs of text of whoever ordered it; nothing here reads them."
    )

    quote = models.JSONField(
        help_text="generation.orders.pricing.Quote as it was shown; what is charged follows from it alone."
    )
    credits = models.PositiveIntegerField(help_text="The quote's total, which is held.")
    charged = models.PositiveIntegerField(default=0, help_text="Captured so far.")

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "request_key"),
                condition=Q(request_key__isnull=False),
                name="generation_request_once",
            ),
            known("status", Status, "generation_status_known"),
            models.CheckConstraint(
                condition=Q(charged__lte=F("credits")), name="generation_charged_within_quote"
            ),
        )
        indexes = (
            models.Index(fields=("workspace", "-id"), name="generation_of_workspace"),
            models.Index(
                fields=("workspace",),
                condition=Q(status__in=("queued", "running")),
                name="generation_unfinished",
            ),
            models.Index(fields=("model", "workspace", "-id"), name="generation_of_model"),
            models.Index(
                fields=("workspace", "status", "-id"),
                condition=Q(status__in=("partial", "failed", "canceled")),
                name="generation_of_rare_status",
            ),
            models.Index(
                fields=("workspace", "external_id", "-id"),
                condition=~Q(external_id=""),
                name="generation_of_external_id",
            ),
            GinIndex(
                OpClass(SCOPED_METADATA, "jsonb_path_ops"),
                condition=~Q(metadata={}),
                name="generation_of_metadata",
            ),
            models.Index(
                fields=("style_version", "-id"),
                condition=Q(style_version__isnull=False),
                name="generation_of_style",
            ),
            models.Index(
                fields=("batch_row", "id"), condition=Q(batch__isnull=False), name="generation_of_row"
            ),
            models.Index(
                fields=("batch", "status"), condition=Q(batch__isnull=False), name="generation_of_batch"
            ),
        )

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Public id, `gen_…`."""
        return ids.public("gen", self.pk)

    @property
    def reference(self) -> str:
        """Billing's reference of it."""
        return f"generation:{self.pk}"

    @property
    def hold_reference(self) -> str:
        """The hold that pays for it: its own, or its batch's."""
        return self.paid_from or self.reference

    @property
    def pixels(self) -> int | None:
        """Pixels of an image as ordered; None if the model chooses."""
        return self.width * self.height if self.width and self.height else None

    @property
    def own_references(self) -> list[uuid.UUID]:
        """The references that were chosen for it, without its style's."""
        return self.references[: len(self.references) - self.style_references]

    @property
    def is_finished(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in FINISHED
