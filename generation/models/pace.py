"""The rates at which providers let us call their models."""

from django.db import models

from generation.models.image_model import ImageModel
from generation.models.provider import Provider


class Pace(models.Model):
    """A provider's reported limits for a model and those that share them, obeyed by all workers (`sql/circuit.sql`).

    Calls and their references are counted in `Attempt`, so that those before the limit was known count too.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="paces", db_index=False)
    model = models.ForeignKey(
        ImageModel,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Stands for those that share its limits.",
    )
    per_minute = models.PositiveIntegerField(null=True, help_text="Calls in any 60 seconds, as it told us.")
    paused_until = models.DateTimeField(null=True, help_text="It asked us not to call before.")
    input_images_per_minute = models.PositiveIntegerField(
        null=True, help_text="References of all calls in any 60 seconds, as it told us."
    )
    input_images_paused_until = models.DateTimeField(
        null=True, help_text="It asked us to send no references before."
    )
    learned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "model"), name="pace_once"),)

    def __str__(self) -> str:
        return f"{self.model_id} at {self.provider_id}"
