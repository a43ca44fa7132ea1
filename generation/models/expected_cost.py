"""Expected cost of images, maintained by operators."""

from django.db import models

from generation.models.image_model import ImageModel
from generation.models.size_class import CLASSES


class ExpectedCost(models.Model):
    """The most that one image of a model costs us at a quality, in a size class.

    It is compared with the price, and is booked if a provider does not report its charge.
    """

    model = models.ForeignKey(
        ImageModel, on_delete=models.CASCADE, related_name="expected_costs", db_index=False
    )
    quality = models.CharField(max_length=10, blank=True, help_text="Empty for models without qualities.")
    pixels = models.PositiveIntegerField(
        "size class",
        choices=[(most, f"up to {most / 1_000_000:.1f} megapixels") for most in CLASSES],
    )
    cost = models.PositiveBigIntegerField(help_text="Micro-dollars for an image.")
    edit_cost = models.PositiveBigIntegerField(
        default=0, help_text="Micro-dollars more for one with references."
    )
    reference_cost = models.PositiveBigIntegerField(
        default=0, help_text="Micro-dollars more for each of them."
    )

    class Meta:
        ordering = ("model", "quality", "pixels")
        constraints = (
            models.UniqueConstraint(fields=("model", "quality", "pixels"), name="expected_cost_once"),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.quality} {self.get_pixels_display()}"
