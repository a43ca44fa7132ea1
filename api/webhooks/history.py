"""What was sent to an endpoint, and what happened in a workspace."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet

from accounts.models import Workspace
from api.models import DeliveryStatus, DeliveryTry, WebhookDelivery, WebhookEndpoint, WebhookEvent
from core.database import clock

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pulse:
    """How many deliveries of the last 24 hours are at which end."""

    delivered: int = 0
    waiting: int = 0
    given_up: int = 0


def pulses(endpoints: Sequence[WebhookEndpoint]) -> Mapping[uuid.UUID, Pulse]:
    """Return what became of the last 24 hours' deliveries, by endpoint; those without any are not in it."""
    # Ids are UUIDv7, which begin with milliseconds: an endpoint's index finds what is recent.
    since = uuid.UUID(int=int((clock.now() - DAY).timestamp() * 1000) << 80)
    recent = WebhookDelivery.objects.filter(endpoint__in=endpoints, pk__gte=since).order_by()
    counted = recent.values("endpoint").annotate(
        delivered=Count("pk", filter=Q(status=DeliveryStatus.DELIVERED)),
        waiting=Count("pk", filter=Q(status=DeliveryStatus.PENDING)),
        given_up=Count("pk", filter=Q(status=DeliveryStatus.FAILED)),
    )
    return {row["endpoint"]: Pulse(row["delivered"], row["waiting"], row["given_up"]) for row in counted}


def deliveries(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """Return an endpoint's deliveries with their events, newest first."""
    return endpoint.deliveries.select_related("event").order_by("-pk")


def with_tries(found: Sequence[WebhookDelivery]) -> Sequence[WebhookDelivery]:
    """Read the tries of deliveries, in one query, without what was sent and answered."""
    known: dict[uuid.UUID, list[DeliveryTry]] = {delivery.pk: [] for delivery in found}
    shown = ("delivery", "number", "began_at", "duration_ms", "status_code", "error")
    tries = DeliveryTry.objects.filter(delivery__in=known).only(*shown).order_by("number")
    for one in tries:
        known[one.delivery_id].append(one)
    for delivery in found:
        delivery.known_tries = known[delivery.pk]  # type: ignore[attr-defined]
    return found


def events(workspace: Workspace, *, is_test: bool, kind: str = "") -> QuerySet[WebhookEvent]:
    """Return a workspace's events of one mode, in the order in which they became true."""
    found = workspace.webhook_events.filter(is_test=is_test).order_by("sequence")
    return found.filter(type=kind) if kind else found
