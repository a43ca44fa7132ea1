"""The scores from which our own check stops an order, maintained by operators."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class CheckRule(models.Model):
    """A category of the moderation endpoint, whose own flags are broader than what image models refuse."""

    category = models.CharField(max_length=40, primary_key=True, help_text="As the endpoint names it.")
    blocks_at = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=(MinValueValidator(1), MaxValueValidator(100)),
        help_text="Percent of certainty from which it blocks; empty: it never does.",
    )

    class Meta:
        ordering = ("category",)
        verbose_name = "check rule"

    def __str__(self) -> str:
        return self.category
