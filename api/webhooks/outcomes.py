"""Outcomes of tries: noted, with what comes next for the delivery and its endpoint."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from api.models import DeliveryStatus, DeliveryTry, DisabledReason, WebhookDelivery, WebhookEndpoint
from api.webhooks import endpoints
from api.webhooks.claiming import Request
from api.webhooks.publishing import JITTER, PAUSES

GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: a status with the beginning of the body, or an error.

    Attributes:
        began_at: by the database's clock, with what has passed here since the claim.
    """

    began_at: datetime
    duration_ms: int = 0
    status: int | None = None
    answer: str = ""
    error: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


def note(endpoint_id: uuid.UUID, made: Sequence[tuple[Request, Outcome]]) -> None:
    """Note how tries went, and what comes next; a worker that was slower than its lease notes nothing."""
    with transaction.atomic():
        endpoint = (
            WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",))
            .select_related("workspace")
            .get(pk=endpoint_id)
        )
        mine = _still_mine(request for request, _ in made)
        held = [(request, outcome) for request, outcome in made if request.delivery in mine]
        DeliveryTry.objects.bulk_create(_row(request, outcome) for request, outcome in held)
        _note_delivered(mine, held)
        for request, outcome in held:
            if not outcome.is_ok:
                _note_failed(endpoint, mine[request.delivery], request, outcome)
        if sent := [outcome for request, outcome in held if not request.fault]:
            _follow_health(endpoint, sent)


def _still_mine(requests: Any) -> dict[uuid.UUID, WebhookDelivery]:
    """Return the deliveries that nobody else has taken, sent again or given up meanwhile."""
    fences = {request.delivery: request.number for request in requests}
    found = WebhookDelivery.objects.filter(pk__in=fences, status=DeliveryStatus.PENDING)
    return {one.pk: one for one in found if one.tries == fences[one.pk]}


def _row(request: Request, outcome: Outcome) -> DeliveryTry:
    return DeliveryTry(
        delivery_id=request.delivery,
        number=request.number,
        began_at=outcome.began_at,
        duration_ms=outcome.duration_ms,
        status_code=outcome.status,
        error=outcome.error,
        sent=request.body,
        answer=outcome.answer,
    )


def _note_delivered(mine: dict[uuid.UUID, WebhookDelivery], held: Sequence[tuple[Request, Outcome]]) -> None:
    repeated = [key for key, delivery in mine.items() if delivery.tries > 1]
    if repeated:
        # What was sent is shown of the last try alone.
        DeliveryTry.objects.filter(delivery__in=repeated, number__lt=F("delivery__tries")).exclude(
            sent=""
        ).update(sent="")
    done = [request.delivery for request, outcome in held if outcome.is_ok]
    if done:
        WebhookDelivery.objects.filter(pk__in=done).update(
            status=DeliveryStatus.DELIVERED, next_at=None, leased_until=None, ended_at=Now()
        )


def _note_failed(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, request: Request, outcome: Outcome
) -> None:
    # Those of workers that died are not among them.
    made = delivery.attempts.filter(number__gt=delivery.first_try).count()
    # Of a host of orders, one address that is gone says nothing of the others.
    is_over = made > len(PAUSES) or (endpoint.for_orders and outcome.status == GONE)
    after: dict[str, Any] = {"next_at": None, "status": DeliveryStatus.FAILED, "ended_at": Now()}
    if not is_over:
        after = {"next_at": Now() + PAUSES[made - 1] * random.uniform(1 - JITTER, 1 + JITTER)}  # noqa: S311 -- only to spread tries
    WebhookDelivery.objects.filter(pk=request.delivery).update(leased_until=None, **after)


def _follow_health(endpoint: WebhookEndpoint, sent: Sequence[Outcome]) -> None:
    mine, last = WebhookEndpoint.objects.filter(pk=endpoint.pk), sent[-1]
    if last.is_ok:
        if endpoint.failing_since:
            mine.update(failing_since=None, warned_at=None)
    elif last.status == GONE and endpoint.for_orders:
        return
    elif last.status == GONE:
        endpoints.disable(endpoint, DisabledReason.GONE)
    elif not endpoint.failing_since or any(one.is_ok for one in sent):
        mine.update(failing_since=Now(), warned_at=None)
