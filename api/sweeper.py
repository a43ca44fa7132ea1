"""What the API keeps for a day and no longer."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from api.idempotency import KEEP
from api.models import Call, IdempotencyKey, Rate

IDLE: Final = timedelta(hours=1)


def sweep() -> int:
    """Forget answers and calls after 24 hours, and counters that nobody used for an hour; how many rows went."""
    now = timezone.now()
    old = (
        IdempotencyKey.objects.filter(created_at__lte=now - KEEP),
        Call.objects.filter(created_at__lte=now - KEEP),
        Rate.objects.filter(started_at__lte=now - IDLE),
    )
    return sum(rows.delete()[0] for rows in old)
