"""Cleanup of what the API keeps for a day."""

from datetime import timedelta
from typing import Final

from django.db.models.functions import Now

from api.idempotency import LIFETIME
from api.models import Call, IdempotencyKey, QuotedOrder, Rate, WebhookEndpoint, WebhookEvent
from api.webhooks import orders
from core.database import portions

IDLE: Final = timedelta(hours=1)
QUOTES: Final = timedelta(hours=1)
"""How long a quote is known to have expired; afterwards its id is like one that never was."""
EVENTS: Final = timedelta(days=30)
"""How long events are kept, with their deliveries and the tries of these."""


def sweep() -> dict[str, int]:
    """Delete responses and calls after 24 hours, events after 30 days, counters and quotes when useless; return how many."""
    return {
        "idempotency keys": portions.delete(IdempotencyKey.objects.filter(created_at__lte=Now() - LIFETIME)),
        "calls": portions.delete(Call.objects.filter(created_at__lte=Now() - LIFETIME)),
        "quotes": portions.delete(QuotedOrder.objects.filter(expires_at__lte=Now() - QUOTES)),
        "webhook events": portions.delete(
            WebhookEvent.objects.filter(created_at__lte=Now() - EVENTS), at_once=500
        ),
        "addresses of orders": orders.forget(),
        "webhook endpoints": portions.delete(WebhookEndpoint.objects.filter(deleted_at__lte=Now() - EVENTS)),
        "request counters": portions.delete(Rate.objects.filter(started_at__lte=Now() - IDLE)),
    }
