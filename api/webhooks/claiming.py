"""Claims: what has been due to an endpoint longest, leased and signed."""

import logging
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from api.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.webhooks import endpoints, payloads, signing
from api.webhooks.publishing import AT_ONCE
from core.encryption import NotDecryptableError

LEASE_SECONDS: Final = 60
TOGETHER: Final = 16
"""Deliveries that one worker takes at a time and sends one after the other."""
COMPLAINS_EVERY: Final = 3600.0
"""Seconds between two lines of the log about an endpoint whose secret can't be read."""
_CLAIM: Final = (Path(__file__).parents[1] / "sql" / "claim_deliveries.sql").read_text(encoding="utf-8")
_UNTOLD: Final = "We could not write down what happened. The fault is ours, and stands in our log."
_log = logging.getLogger(__name__)
_complained: dict[uuid.UUID, float] = {}
type _Claimed = tuple[uuid.UUID, uuid.UUID, int, str, datetime]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is about to be sent.

    Attributes:
        delivery: the delivery that it is a try of.
        number: of the try, which is also the fence.
        url: where to.
        headers: with signature.
        body: as it is signed.
        claimed_at: by the database's clock.
        fault: why it can't be sent; empty if it can.
    """

    delivery: uuid.UUID
    number: int
    url: str
    headers: Mapping[str, str]
    body: str
    claimed_at: datetime
    fault: str = ""


def claim(endpoint_id: uuid.UUID) -> list[Request]:
    """Lease what has been due to an endpoint longest, and sign it; nothing if nothing is, or enough is under way."""
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        if not endpoint.is_enabled or endpoint.deleted_at:
            # What happened while it was switched off came too late to be given up with the rest.
            endpoints.give_up_waiting(endpoint)
            return []
        if endpoint.failing_since:
            _give_up_old(endpoint)
        if not (secrets := _secrets(endpoint)):
            return []
        claimed = _lease(endpoint)
    events = WebhookEvent.objects.in_bulk(event for _, event, *_ in claimed)
    bodies = _bodies(list(events.values()))
    agent = {"Content-Type": "application/json", "User-Agent": _agent()}
    requests = []
    for delivery, event_id, number, url, now in sorted(claimed, key=lambda one: events[one[1]].sequence):
        body, message = bodies[event_id], events[event_id].public_id
        headers = signing.headers(message, now, body, secrets) | agent
        fault = "" if body else _UNTOLD
        requests.append(Request(delivery, number, url or endpoint.url, headers, body, now, fault))
    return requests


def _lease(endpoint: WebhookEndpoint) -> list[_Claimed]:
    """Return ids of deliveries and events, numbers of the tries, addresses other than the endpoint's own, and the time."""
    is_failing = endpoint.failing_since is not None
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "endpoint": endpoint.pk,
                "lease": LEASE_SECONDS,
                "at_once": 1 if is_failing else AT_ONCE,
                "together": 1 if is_failing else TOGETHER,
            },
        )
        found: list[_Claimed] = cursor.fetchall()
    return found


def _give_up_old(endpoint: WebhookEndpoint) -> None:
    """Give up what has waited for longer than its tries may take, because those before it fail."""
    free = Q(leased_until=None) | Q(leased_until__lte=Now())
    endpoint.deliveries.filter(free, next_at__lte=Now(), ends_at__lte=Now()).update(
        status=DeliveryStatus.FAILED, tries=F("tries") + 1, next_at=None, leased_until=None, ended_at=Now()
    )


def give_back(requests: Sequence[Request]) -> None:
    """Let others take what was claimed and not sent: it was no try."""
    for request in requests:
        WebhookDelivery.objects.filter(
            pk=request.delivery, tries=request.number, next_at__isnull=False
        ).update(tries=F("tries") - 1, leased_until=None)


def _bodies(events: list[WebhookEvent]) -> dict[uuid.UUID, str]:
    """Write down what happened; an event that can't be is empty."""
    try:
        return payloads.bodies(events)
    except Error:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is, the next event must be told
        # Ours, so it is in the log; and it must not stand before all that comes with and behind it.
        if len(events) == 1:
            _log.exception("The event %s can't be told", events[0].public_id, exc_info=error)
            return {events[0].pk: ""}
    return {key: body for one in events for key, body in _bodies([one]).items()}


def _secrets(endpoint: WebhookEndpoint) -> list[str]:
    """Return the secrets that sign; none where our key is missing, and what is due waits until it is back."""
    try:
        return endpoints.secrets_of(endpoint)
    except NotDecryptableError:
        now = time.monotonic()
        if now - _complained.get(endpoint.pk, -COMPLAINS_EVERY) >= COMPLAINS_EVERY:
            _complained[endpoint.pk] = now
            _log.error(
                "No key of ENCRYPTION_KEYS decrypts the secret of %s; its deliveries wait.",
                endpoint.public_id,
            )
        return []


def _agent() -> str:
    return f"{_ascii(settings.SITE_NAME)}-Webhooks/1.0 ({settings.BASE_URL})"


def _ascii(text: str) -> str:
    """Return what of a text may stand in a header."""
    return "".join(one for one in text if one.isascii() and one.isalnum()) or "Images"
