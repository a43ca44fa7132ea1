"""Prices of images, set by operators; `generation.orders.pricing.quote` alone computes with them."""

from itertools import pairwise

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from billing.models import PricingTier
from generation.models.image_model import ImageModel
from generation.models.size_class import CLASSES


class ModelPrice(models.Model):
    """Credits for one image of a model at a quality; a row with a tier overrides the row without one."""

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="prices", db_index=False)
    tier = models.ForeignKey(
        PricingTier, on_delete=models.CASCADE, null=True, blank=True, related_name="model_prices"
    )
    quality = models.CharField(max_length=10, blank=True, help_text="Empty for models without qualities.")
    credits = models.PositiveIntegerField(
        help_text="For one image of up to 1.2 megapixels, or for a megapixel."
    )
    steps = ArrayField(
        models.PositiveIntegerField(),
        default=list,
        db_default=[],
        blank=True,
        help_text="Credits up to 1.6, 2.4, 4.2 and 8.3 megapixels, with commas. Empty: the same at every size.",
    )
    per_megapixel = models.BooleanField(
        default=False, help_text="Credits are for each megapixel (1024 x 1024) begun, and there are no steps."
    )
    edit_surcharge = models.PositiveIntegerField(
        default=0, help_text="Additional credits for an image with references."
    )
    free_references = models.PositiveSmallIntegerField(default=1)
    references_per_credit = models.PositiveSmallIntegerField(
        "references counted together",
        default=2,
        help_text="How many references, beyond the free ones, the reference credits pay for.",
    )
    reference_credits = models.PositiveSmallIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ("model", "credits")
        constraints = (
            models.CheckConstraint(condition=Q(credits__gt=0), name="price_positive"),
            models.CheckConstraint(condition=Q(references_per_credit__gt=0), name="price_counts_references"),
            models.UniqueConstraint(
                fields=("model", "quality", "tier"), name="price_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.quality}: {self.credits}"

    def clean(self) -> None:
        """Refuse steps that are too few or too many, or that decrease.

        Raises:
            ValidationError: its message says which.
        """
        if not self.steps:
            return
        if self.per_megapixel:
            raise ValidationError({"steps": "A price for each megapixel has no steps."})
        if len(self.steps) != len(CLASSES) - 1:
            raise ValidationError({"steps": f"Give all {len(CLASSES) - 1} steps, or none."})
        if any(before > after for before, after in pairwise([self.credits or 0, *self.steps])):
            raise ValidationError({"steps": "A larger image can't cost less than a smaller one."})
