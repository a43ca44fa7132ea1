"""Refusals by Stripe that only operators can resolve."""

from django.db import models
from django.utils import timezone


class TroubleKind(models.TextChoices):
    """Kinds of refusals."""

    KEY = "key", "Stripe refuses our key"
    PERMISSION = "permission", "Stripe does not allow our key to do this"
    IDEMPOTENCY = "idempotency", "Stripe knows an idempotency key with another request"
    REQUEST = "request", "Stripe finds a request of ours wrong"
    SETTLEMENT = "settlement", "Stripe pays out in another currency than we sell in"
    VERSION = "version", "Stripe sends events in another version than this code reads"


class StripeTrouble(models.Model):
    """One row for each kind: how often and how long, what Stripe said last, and when operators were told."""

    Kind = TroubleKind

    kind = models.CharField(primary_key=True, max_length=20, choices=TroubleKind)
    detail = models.CharField(max_length=300, help_text="What Stripe said last.")
    times = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(default=timezone.now, help_text="Since then never quiet for a day.")
    last_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, help_text="When operators were written to.")

    class Meta:
        ordering = ("-last_at",)
        verbose_name_plural = "troubles with Stripe"
        verbose_name = "trouble with Stripe"

    def __str__(self) -> str:
        return self.get_kind_display()
