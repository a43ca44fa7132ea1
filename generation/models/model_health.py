"""Health of models."""

from django.db import models
from django.utils import timezone

from core.database.constraints import known
from generation.models.image_model import ImageModel


class HealthStatus(models.TextChoices):
    """The states of a model's health, in words for a badge."""

    HEALTHY = "healthy", "Works"
    STRUGGLING = "struggling", "Struggles"
    DOWN = "down", "Down"
    UNKNOWN = "unknown", "Not known"


class ModelHealth(models.Model):
    """What the calls of the last minutes say about a model, written by `generation.providers.health.update_all` every 20 seconds."""

    Status = HealthStatus

    model = models.OneToOneField(
        ImageModel, on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    status = models.CharField(max_length=10, choices=HealthStatus, default=HealthStatus.UNKNOWN)
    reason = models.CharField(max_length=200, blank=True, help_text="In a sentence that customers may read.")
    since = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField(null=True, help_text="How long a call usually takes at present.")
    listed_at = models.DateTimeField(
        null=True, help_text="When the provider last said that it knows the model."
    )
    probed_at = models.DateTimeField(null=True)
    probe_error = models.CharField(max_length=500, blank=True, help_text="For operators.")

    unlisted_at = models.DateTimeField(
        null=True, help_text="When the provider last said that it has no such model for us."
    )
    denied_at = models.DateTimeField(
        null=True, help_text="Since when the provider does not let us use it; empty: it does."
    )
    denial = models.CharField(
        max_length=500, blank=True, db_default="", help_text="In its words; for operators."
    )
    again_at = models.DateTimeField(null=True, help_text="When an order next tests whether it does again.")
    denial_told_at = models.DateTimeField(null=True, help_text="When operators were told of that.")
    shutdown_at = models.DateTimeField(
        null=True, help_text="When it ends, by its provider's list of models; empty: the list names no day."
    )
    answered_as = models.CharField(
        max_length=120,
        blank=True,
        db_default="",
        help_text="The other model that answered last in its place.",
    )
    answered_at = models.DateTimeField(null=True, help_text="When that was.")
    answer_told_at = models.DateTimeField(null=True, help_text="When operators were told of that.")
    cost_told_at = models.DateTimeField(
        null=True,
        help_text="When operators were told that its images do not cost what is expected; empty: they do.",
    )
    vanish_told_at = models.DateTimeField(null=True, help_text="When operators were told that it is gone.")

    class Meta:
        constraints = (known("status", HealthStatus, "model_health_status_known"),)

    def __str__(self) -> str:
        return f"{self.model_id} is {self.status}"
