"""Paid calls to a provider."""

from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from core import ids
from core.database.constraints import known
from generation.models.image import Image
from generation.models.image_model import ImageModel
from generation.models.provider import Provider


class Blame(models.TextChoices):
    """What caused a failed call; empty for nobody, or for the order itself."""

    NOBODY = "", "Nobody"
    PROVIDER = "provider", "Provider"
    LIMIT = "limit", "Rate limit"
    KEY = "key", "Key"
    FUNDS = "funds", "Funds"
    MODEL = "model", "Model gone"
    ACCESS = "access", "Model not enabled"


class Outcome(models.TextChoices):
    """The outcome of a call. `unknown`: sent and never answered; it may have cost us."""

    SENT = "sent", "Under way"
    SUCCEEDED = "succeeded", "Succeeded"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"


class Attempt(models.Model):
    """A call, saved before it is sent; its id is the fencing token that `Image.claim` holds.

    If the provider keeps requests, the next attempt takes over this one's instead of making another. Such a
    request is paid once: the last attempt that had it bears its cost.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="attempts")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", db_index=False)
    model = models.ForeignKey(
        ImageModel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.SENT)
    blame = models.CharField(max_length=10, choices=Blame, blank=True, default="", db_default="")
    error = models.CharField(max_length=500, blank=True, help_text="For operators; never shown to customers.")
    http_status = models.PositiveSmallIntegerField(null=True)
    upstream_request = models.CharField(
        max_length=120,
        blank=True,
        help_text="The provider's id of the call; several attempts may have waited for one.",
    )
    is_open = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The provider keeps the request and its result: whoever has the image next asks for it by its id.",
    )
    input_images = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="References that were sent; some limits count them."
    )
    usage = models.JSONField(default=dict)
    cost = models.PositiveBigIntegerField(default=0, help_text="Micro-dollars, ours to pay.")
    is_loss = models.BooleanField(default=False, help_text="Cost without a delivered image.")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("image", "number"), name="attempt_once"),
            known("outcome", Outcome, "attempt_outcome_known"),
        )
        indexes = (
            models.Index(fields=("provider",), condition=models.Q(outcome="sent"), name="attempt_sent"),
            models.Index(fields=("provider", "started_at"), name="attempt_lately"),
            models.Index(
                fields=("model", "started_at"),
                condition=models.Q(outcome="succeeded"),
                name="attempt_of_model",
            ),
            models.Index(
                fields=("upstream_request",),
                condition=~models.Q(upstream_request=""),
                name="attempt_upstream",
            ),
        )

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.image_id}"
