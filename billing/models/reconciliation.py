"""Results of the nightly reconciliation."""

from django.db import models
from django.utils import timezone

from core import ids


class Reconciliation(models.Model):
    """One run of `billing.reconciliation.run`: when, how much was compared, and the differences in words."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(
        null=True, help_text="From when on Stripe was asked; empty if about everything."
    )
    finished_at = models.DateTimeField(null=True)
    differences = models.JSONField(default=list, help_text="The first 1,000 in words.")
    number = models.PositiveIntegerField(default=0, db_default=0, help_text="How many there are in all.")
    counts = models.JSONField(default=dict, help_text="How many of each were compared.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {self.number} differences"
