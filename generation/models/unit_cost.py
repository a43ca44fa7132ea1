"""Providers' charges, maintained by operators."""

from django.db import models
from django.db.models.functions import Now

from generation.models.image_model import ImageModel


class Unit(models.TextChoices):
    """The units that a provider charges by.

    A megapixel is 1024 x 1024, begun; the first costs as much as the others if it has no price of its own.
    """

    TEXT_INPUT = "text_input", "Text token in"
    IMAGE_INPUT = "image_input", "Image token in"
    IMAGE_OUTPUT = "image_output", "Image token out"
    FIRST_MEGAPIXEL = "first_megapixel", "First megapixel out"
    MEGAPIXEL = "megapixel", "Megapixel out"
    EDIT_MEGAPIXEL = "edit_megapixel", "Megapixel out of an edit, on top"
    MEGAPIXEL_INPUT = "megapixel_input", "Megapixel in"
    IMAGE = "image", "Image out"


class UnitCost(models.Model):
    """The price of a million units of one kind for a model; attempts' costs are computed from it."""

    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="unit_costs", db_index=False)
    unit = models.CharField(max_length=16, choices=Unit)
    cost = models.PositiveBigIntegerField(help_text="Micro-dollars for a million units.")
    changed_at = models.DateTimeField(
        auto_now=True,
        db_default=Now(),
        help_text="Images booked before say nothing about the costs that are expected now.",
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=("model", "unit"), name="unit_cost_once"),)

    def __str__(self) -> str:
        return f"{self.model} {self.get_unit_display()}"
