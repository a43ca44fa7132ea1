"""What operators see of webhooks on their dashboard."""

from django.utils import timezone

from api.models import DeliveryStatus, DisabledReason
from api.webhooks import backlog
from core.dashboard import Gauge, changelist_url


def overdue() -> Gauge:
    """Count the deliveries that are due, and that nobody sends."""
    found = backlog.measure()
    off = sum(number for reason, number in found.disabled.items() if reason != DisabledReason.BY_HAND)
    return Gauge(
        "Webhooks overdue",
        f"{found.overdue:,}",
        changelist_url(
            "api.webhookdelivery",
            {
                "status__exact": DeliveryStatus.PENDING.value,
                "next_at__lt": (timezone.now() - backlog.LATE).isoformat(),
                "endpoint__failing_since__isempty": 1,
            },
        ),
        f"{found.waiting:,} waiting; endpoints: {found.failing:,} failing, {off:,} switched off by us",
        "bad" if found.overdue else "",
    )
