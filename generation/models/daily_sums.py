"""Sums of closed days (`billing.accounting.closing`), so that no page sums a month's images again."""

from django.db import models

from accounts.models import Workspace
from billing.models.closed_day import DIGITS, PLACES


class DailyUsage(models.Model):
    """What one person or token of a workspace used on a closed day, with one model and from one source.

    Ids of people, tokens and models stay when those rows are gone.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(help_text="In UTC.")
    actor_id = models.UUIDField(null=True)
    token_id = models.UUIDField(null=True)
    model_slug = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=10, blank=True)
    images = models.IntegerField(help_text="Delivered and charged.")
    missing = models.IntegerField(help_text="Failed or canceled, and not charged.")
    credits = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "daily usage"
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "day", "actor_id", "token_id", "model_slug", "source"),
                nulls_distinct=False,
                name="daily_usage_once",
            ),
        )
        indexes = (models.Index(fields=("day",), name="daily_usage_day"),)

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.day}: {self.credits}"


class DailyCost(models.Model):
    """Revenue and cost of a model's images on a closed day; columns as of `generation.reporting.costs.Cost`."""

    day = models.DateField(help_text="In UTC.")
    model_slug = models.CharField(max_length=60, blank=True)
    images = models.IntegerField(default=0)
    revenue = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, default=0)
    cost = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("day", "model_slug"), name="daily_cost_once"),)

    def __str__(self) -> str:
        return f"{self.model_slug} {self.day}: {self.images}"


class DailySpeed(models.Model):
    """Images of a model that were ordered on a closed day and have ended; columns as of `generation.reporting.speed.Speed`."""

    day = models.DateField(help_text="In UTC.")
    model_slug = models.CharField(max_length=60)
    stored = models.IntegerField()
    failed = models.IntegerField()
    durations = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("day", "model_slug"), name="daily_speed_once"),)

    def __str__(self) -> str:
        return f"{self.model_slug} {self.day}: {self.stored}"
