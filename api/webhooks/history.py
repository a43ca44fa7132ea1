"""What was sent to an endpoint, and what happened in a workspace."""

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet

from accounts.models import Workspace
from api.models import DeliveryTry, WebhookDelivery, WebhookEndpoint, WebhookEvent


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
