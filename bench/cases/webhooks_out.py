"""Deliveries of webhooks by one worker process to a sink on this machine, beside a bare loop of httpx to the same."""

import itertools
import time
import uuid

import httpx
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import Workspace
from api.models import EventType, WebhookDelivery, WebhookEvent
from api.webhooks import endpoints, payloads
from api.webhooks.publishing import publish
from bench import crowd, load, processes
from bench.figures import Figure, beside
from config.local.supervisor import WORKER
from generation.catalog.parameters import ImageParameters
from generation.models import Generation, Image
from generation.orders.order import Order
from generation.orders.submit import submit

WORKSPACES, ENDPOINTS, ORDERS = 5, 4, 20
A_SECOND = 400
"""Events for each endpoint are made for that many deliveries a second."""
PATIENCE = 120.0
BAR = 0.3


def measure() -> list[Figure]:
    with processes.upstream(0) as port:
        # Its answer to this address is a hundred bytes, at once.
        url = f"http://127.0.0.1:{port}/moderations"
        told = [(one, _ordered(one, url)) for one in crowd.workspaces()[:WORKSPACES]]
        with processes.running("worker", WORKER[1:]):
            _ours(told, 1)
            body = payloads.bodies([WebhookEvent.objects.latest("pk")]).popitem()[1].encode()
            events = round(A_SECOND * load.seconds() / (WORKSPACES * ENDPOINTS))
            found = beside(
                lambda: _ours(told, max(ORDERS, events)), lambda: _anchor(url, body), load.rounds()
            )
    ours = f"{found.ours:,.0f} deliveries/s"
    return [
        Figure("webhooks_out", found.ratio, "of bare httpx", ours, found.anchor, "requests/s, one loop", BAR)
    ]


def _ordered(workspace: Workspace, url: str) -> list[uuid.UUID]:
    """Generations that were made, in a workspace with endpoints that are told of them."""
    for _ in range(ENDPOINTS):
        endpoints.register(workspace, url, [EventType.GENERATION_SUCCEEDED], is_test=False)
    parameters = ImageParameters(size="1024x1024", quality="medium")
    order = Order(prompt="A lighthouse", model="gpt-image-2.5-flare", n=1, parameters=parameters)
    made = [submit(workspace, order, source="api").pk for _ in range(ORDERS)]
    Generation.objects.filter(pk__in=made).update(status="succeeded", finished_at=Now())
    Image.objects.filter(generation__in=made).update(
        status="stored", file="bench/images/one.png", format="png", width=1024, height=1024, size=1, finished_at=Now()
    )  # fmt: skip
    return made


def _ours(told: list[tuple[Workspace, list[uuid.UUID]]], events: int) -> float:
    """Deliveries a second, from the commit of the events until the last was noted."""
    with transaction.atomic():
        for workspace, made in told:
            subjects = list(itertools.islice(itertools.cycle(made), events))
            publish(workspace.pk, EventType.GENERATION_SUCCEEDED, subjects)
    began = time.perf_counter()
    waiting = WebhookDelivery.objects.filter(next_at__isnull=False)
    while waiting.exists():
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError(f"{waiting.count()} deliveries are still on their way.")
        time.sleep(0.02)
    return len(told) * ENDPOINTS * events / (time.perf_counter() - began)


def _anchor(url: str, body: bytes) -> float:
    """Requests a second of a loop that does nothing else, over one connection that stays open."""
    count, headers = 0, {"Content-Type": "application/json"}
    with httpx.Client() as client:
        client.post(url, content=body, headers=headers)
        began = time.perf_counter()
        while time.perf_counter() - began < load.seconds():
            client.post(url, content=body, headers=headers).raise_for_status()
            count += 1
        return count / (time.perf_counter() - began)
