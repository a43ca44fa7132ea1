"""Idempotency keys that Stripe answered for good, so that the next try needs another one."""

from django.db import models
from django.utils import timezone


class StripeKey(models.Model):
    """One row for each thing whose key was renewed: Stripe would repeat its refusal, or its 500, to the one before."""

    name = models.CharField(
        primary_key=True, max_length=200, help_text="What is asked for, as its first key."
    )
    turn = models.PositiveIntegerField(default=0, help_text="How often the key was renewed.")
    renewed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name}, {self.turn}"
