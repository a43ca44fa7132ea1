"""What is behind: deliveries that wait, how late the latest of them is, and endpoints that take nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from api.models import EndpointStatus, WebhookDelivery, WebhookEndpoint

LATE: Final = timedelta(minutes=2)
"""After it an alarm rings: CreateIOWebhooksLate."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is behind in all workspaces.

    Attributes:
        waiting: deliveries that are not at their end, those between two tries included.
        overdue: those that have been due for `LATE`, of endpoints that don't fail.
        overdue_since: when the first that is due was, of endpoints that don't fail; None if none is.
        failing: endpoints whose last try failed.
        disabled: endpoints that are switched off, by why.
    """

    waiting: int
    overdue: int
    overdue_since: datetime | None
    failing: int
    disabled: Mapping[str, int]


def measure() -> Backlog:
    """Count what is behind now."""
    pending = WebhookDelivery.objects.filter(next_at__isnull=False)
    # What waits behind a failure is the receiver's to mend, not ours.
    due = Q(next_at__lt=Now(), endpoint__failing_since=None)
    found = pending.aggregate(
        waiting=Count("pk"),
        overdue=Count("pk", filter=due & Q(next_at__lt=Now() - LATE)),
        since=Min("next_at", filter=due),
    )
    there = WebhookEndpoint.objects.filter(deleted_at=None).order_by().values_list("disabled_reason")
    fails = Q(failing_since__isnull=False, status=EndpointStatus.ENABLED)
    # Those that are on have no reason.
    found_there = there.annotate(Count("pk"), failing=Count("pk", filter=fails))
    counted = {why: (number, failing) for why, number, failing in found_there}
    return Backlog(
        waiting=found["waiting"],
        overdue=found["overdue"],
        overdue_since=found["since"],
        failing=counted.get("", (0, 0))[1],
        disabled={why: number for why, (number, _) in counted.items() if why},
    )
