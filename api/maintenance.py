"""Cleanup of what the API keeps for a day."""

from datetime import timedelta
from typing import Final

from django.db.models.functions import Now

from api.idempotency import LIFETIME
from api.models import Call, IdempotencyKey, Rate
from core.database import portions

IDLE: Final = timedelta(hours=1)


def sweep() -> dict[str, int]:
    """Delete responses and calls after 24 hours, and counters unused for an hour; return how many of each."""
    return {
        "idempotency keys": portions.delete(IdempotencyKey.objects.filter(created_at__lte=Now() - LIFETIME)),
        "calls": portions.delete(Call.objects.filter(created_at__lte=Now() - LIFETIME)),
        "request counters": portions.delete(Rate.objects.filter(started_at__lte=Now() - IDLE)),
    }
