"""The ways of webhooks: written with what they tell of, claimed, sent and noted; and what the product does after a death."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from accounts.models import User, Workspace
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks import endpoints, orders, sending
from tests.faults.points import images, partner

ROUNDS = 10


def to_tell(how: str = "") -> Callable[[Workspace, User], dict[str, Any]]:
    """Stage an order of one image, with an endpoint that is told of all, and an address that the order brought."""

    def stage(workspace: Workspace, user: User) -> dict[str, Any]:
        endpoints.register(workspace, partner.address(workspace.pk, how), ["*"], is_test=False)
        url = partner.address(workspace.pk, "order")
        orders.look_up(workspace, url, is_test=False)
        arguments = images.to_make("a red fox", 1)(workspace, user)
        with orders.noted(workspace, url, is_test=False) as bring:
            bring(uuid.UUID(arguments["generation"]))
        return arguments

    return stage


def make_and_tell(generation: str) -> None:
    images.make(generation)
    _send(generation)


def sweep_and_tell(generation: str) -> None:
    """A minute later: leases have run out, and another worker goes on."""
    images.sweep_images(generation)
    WebhookDelivery.objects.exclude(leased_until=None).update(leased_until=Now() - timedelta(seconds=1))
    _send(generation)


def _send(generation: str) -> None:
    """What a worker does for each endpoint of the order's workspace, until nothing is due, however often that fails."""
    workspace = WebhookEndpoint.objects.filter(orders__subject=generation).values("workspace")
    for _ in range(ROUNDS):
        waiting = WebhookDelivery.objects.filter(workspace__in=workspace, next_at__isnull=False)
        found = list(waiting.values_list("workspace_id", "endpoint_id").distinct())
        if not found:
            ended = WebhookDelivery.objects.filter(workspace__in=workspace).values_list("status", flat=True)
            assert list(ended) == ["delivered", "delivered"], "to the endpoint and to the order's own address"
            return
        waiting.update(next_at=Now() - timedelta(seconds=1))
        asyncio.run(_work_off(found))


async def _work_off(found: list[tuple[uuid.UUID, uuid.UUID]]) -> None:
    for one in found:
        await sending.work_off(*one)
