"""The rates at which providers let us call their models."""

from django.db import models

from generation.models.image_model import ImageModel
from generation.models.provider import Provider


class Pace(models.Model):
    """A provider's reported limit for a model, obeyed by all workers (`sql/circuit.sql`).

    Calls are counted in `Attempt`, so that those before the limit was known count too.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="paces")
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    per_minute = models.PositiveIntegerField(null=True, help_text="Calls in any 60 seconds, as it told us.")
    paused_until = models.DateTimeField(null=True, help_text="It asked us not to call before.")
    learned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "model"), name="pace_once"),)

    def __str__(self) -> str:
        return f"{self.model_id} at {self.provider_id}"
