"""What an image costs, as operators set it. `generation.pricing.quote` alone reads it into a price."""

from django.db import models
from django.db.models import Q

from billing.models import PricingTier
from generation.models.image_model import ImageModel


class ModelPrice(models.Model):
    """Credits for one image of a model at a quality; a row with a tier overrides the row without."""

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="prices")
    tier = models.ForeignKey(
        PricingTier, on_delete=models.CASCADE, null=True, blank=True, related_name="model_prices"
    )
    quality = models.CharField(max_length=10, blank=True, help_text="Empty for models without qualities.")
    credits = models.PositiveIntegerField(help_text="For one image, up to one unit of size.")
    large_factor = models.PositiveSmallIntegerField(
        default=2, help_text="Times the credits from 2048x2048 pixels on."
    )
    per_megapixel = models.BooleanField(default=False, help_text="Credits are for each megapixel begun.")
    expected_cost = models.PositiveBigIntegerField(
        default=0,
        help_text="Micro-dollars that one image costs us; shown beside the price, booked where unknown.",
    )
    edit_surcharge = models.PositiveIntegerField(
        default=0, help_text="Credits more for an image with references."
    )
    free_references = models.PositiveSmallIntegerField(default=1)
    references_per_credit = models.PositiveSmallIntegerField(default=2)

    class Meta:
        ordering = ("model", "credits")
        constraints = (
            models.CheckConstraint(condition=Q(credits__gt=0), name="price_positive"),
            models.UniqueConstraint(
                fields=("model", "quality", "tier"), name="price_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.quality}: {self.credits}"
