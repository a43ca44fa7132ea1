"""Cleanup of what the API keeps for a day."""

from datetime import timedelta
from typing import Final

from django.db.models import Model, QuerySet
from django.utils import timezone

from api.idempotency import LIFETIME
from api.models import Call, IdempotencyKey, Rate

IDLE: Final = timedelta(hours=1)


def sweep() -> dict[str, int]:
    """Delete responses and calls after 24 hours, and counters unused for an hour; return how many of each."""
    now = timezone.now()
    return {
        "idempotency keys": _forget(IdempotencyKey.objects.filter(created_at__lte=now - LIFETIME)),
        "calls": _forget(Call.objects.filter(created_at__lte=now - LIFETIME)),
        "request counters": _forget(Rate.objects.filter(started_at__lte=now - IDLE)),
    }


def _forget[Row: Model](rows: QuerySet[Row]) -> int:
    return rows.delete()[0]
