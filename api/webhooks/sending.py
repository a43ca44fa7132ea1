"""Deliveries: claimed, sent and noted, one endpoint at a time, so that a slow one delays no other.

A job works off what is due to one endpoint. At most `AT_ONCE` requests to an endpoint are under way in all workers, and
one while it fails; what else is due to it waits for those. A worker that dies leaves a lease, after which the delivery is
sent again: an endpoint may be told twice of an event, under the same id, and never not at all.
"""

import asyncio
import logging
import random
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from api.models import (
    DeliveryStatus,
    DeliveryTry,
    DisabledReason,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from api.webhooks import endpoints, payloads, signing
from api.webhooks.publishing import AT_ONCE, DELIVER, arguments, defer
from core import ids, jobs, safe_http
from core.database import clock
from core.database.asynchronous import run_for_job
from core.encryption import NotDecryptableError
from core.errors import Refusal
from core.fair_shares import FairShares
from core.safe_addresses import UNREACHABLE

SECONDS: Final = 15.0
LEASE_SECONDS: Final = 60
THREADS, SHARE, PRESENT = 64, 16, 48
"""Requests under way in one worker, those of them that are of one workspace, and its jobs there, waiting ones included."""
JOB_SECONDS: Final = 50.0
"""How long one job goes on with an endpoint, before another takes its turn."""
PAUSES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 60, 600, 3600, 3 * 3600, 8 * 3600, 16 * 3600)
)
"""Pauses between tries: eight tries in 28 hours."""
JITTER: Final = 0.1
ANSWER_BYTES: Final = 2000
GONE: Final = 410
OVERDUE: Final = timedelta(seconds=5)
_CLAIM: Final = (Path(__file__).parents[1] / "sql" / "claim_delivery.sql").read_text(encoding="utf-8")
_log = logging.getLogger(__name__)
_present: Counter[uuid.UUID] = Counter()
_shares, _places = FairShares(SHARE), FairShares(THREADS)
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is about to be sent.

    Attributes:
        delivery: the delivery that it is a try of.
        number: of the try, which is also the fence.
        url: where to.
        headers: with signature.
        body: as it is signed.
        began_at: by the database's clock.
        fault: why it can't be sent; empty if it can.
    """

    delivery: uuid.UUID
    number: int
    url: str
    headers: Mapping[str, str]
    body: str
    began_at: datetime
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: a status with the beginning of the body, or an error."""

    duration_ms: int
    status: int | None = None
    answer: str = ""
    error: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


async def work_off(workspace: uuid.UUID, endpoint: uuid.UUID) -> None:
    """Send what is due to an endpoint, until nothing is, one try fails, or enough is under way.

    A thread is free before anything is claimed, so that no lease runs while a request waits for one. Where too many jobs
    of the workspace wait already, nothing is done: `queue_due` comes again.
    """
    if _present[workspace] >= PRESENT:
        return
    _present[workspace] += 1
    ends = time.monotonic() + JOB_SECONDS
    try:
        while time.monotonic() < ends:
            async with _shares.hold_later(workspace), _places.hold_later(ids.NOBODY):
                if not await _send_next(workspace, endpoint):
                    return
        await run_for_job(workspace, defer, workspace, endpoint)
    finally:
        _present[workspace] -= 1
        if not _present[workspace]:
            del _present[workspace]


async def _send_next(workspace: uuid.UUID, endpoint: uuid.UUID) -> bool:
    """Send what has been due longest; return whether to go on with what is due next."""
    request = await run_for_job(workspace, claim, endpoint)
    if request is None:
        return False
    outcome = Outcome(0, error=request.fault)
    if not request.fault:
        outcome = await asyncio.get_running_loop().run_in_executor(_threads, send, request)
    await run_for_job(workspace, note, endpoint, request, outcome)
    return outcome.is_ok or bool(request.fault)


def queue_due() -> int:
    """Queue a job for each endpoint to which something has been due for a while, and return how many.

    New deliveries bring a job of their own; this is for tries that are due again, and for what a dead worker left.
    """
    due = WebhookDelivery.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=Now()), next_at__lt=Now() - OVERDUE
    )
    found = list(due.order_by().values_list("endpoint__workspace", "endpoint").distinct()[:1000])
    jobs.defer_all(DELIVER, [arguments(*one) for one in found])
    return len(found)


def claim(endpoint_id: uuid.UUID) -> Request | None:
    """Lease what has been due to an endpoint longest, and sign it; None if nothing is, or enough is under way."""
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        if not endpoint.is_enabled or endpoint.deleted_at:
            # What happened while it was switched off came too late to be given up with the rest.
            endpoints.give_up_waiting(endpoint)
            return None
        if not (secrets := _secrets(endpoint)):
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                _CLAIM,
                {
                    "endpoint": endpoint_id,
                    "lease": LEASE_SECONDS,
                    "at_once": 1 if endpoint.failing_since else AT_ONCE,
                },
            )
            claimed = cursor.fetchone()
    if claimed is None:
        return None
    delivery, event_id, number = claimed
    event, now = WebhookEvent.objects.get(pk=event_id), clock.now()
    try:
        body, fault = payloads.body(event), ""
    except Error:
        raise
    except Exception:  # noqa: BLE001 -- whatever it is, the next event must be told
        # Ours, so it is in the log; and it must not stand before all that comes behind it.
        _log.exception("The event %s can't be told", event.public_id)
        body, fault = "", "We could not write down what happened. The fault is ours, and stands in our log."
    signed = signing.headers(event.public_id, now, body, secrets)
    headers = {
        **signed,
        "Content-Type": "application/json",
        "User-Agent": f"{_ascii(settings.SITE_NAME)}-Webhooks/1.0 ({settings.BASE_URL})",
    }
    return Request(delivery, number, endpoint.url, headers, body, now, fault)


def _secrets(endpoint: WebhookEndpoint) -> list[str]:
    """Return the secrets that sign; none where our key is missing, and what is due waits until it is back."""
    try:
        return endpoints.secrets_of(endpoint)
    except NotDecryptableError:
        _log.error(
            "No key of ENCRYPTION_KEYS decrypts the secret of %s; its deliveries wait.", endpoint.public_id
        )
        return []


def _ascii(text: str) -> str:
    """Return what of a text may stand in a header."""
    return "".join(one for one in text if one.isascii() and one.isalnum()) or "Images"


def send(request: Request) -> Outcome:
    """Send a request and wait for its answer, 15 seconds in all; redirects are answers, and no success."""
    began = time.monotonic()
    facts: dict[str, Any]
    try:
        found = safe_http.fetch(
            request.url,
            most=ANSWER_BYTES,
            method="POST",
            body=request.body.encode(),
            headers=request.headers,
            seconds=SECONDS,
            rules=endpoints.rules(),
            is_cut=True,
        )
    except safe_http.LinkFailed as failed:
        facts = {"error": _WORDS.get(failed.detail, failed.detail)}
    except Refusal:
        facts = {"error": "The address can't be reached from here."}
    else:
        facts = {
            "status": found.status,
            "answer": found.body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        }
    return Outcome(duration_ms=round(1000 * (time.monotonic() - began)), **facts)


_WORDS: Final = {
    UNREACHABLE: "The address can't be reached from here, or its certificate does not hold.",
    safe_http.SLOW: f"No answer within {SECONDS:.0f} seconds.",
    safe_http.GARBLED: "The answer was no HTTP that can be read.",
}


def note(endpoint_id: uuid.UUID, request: Request, outcome: Outcome) -> None:
    """Note how a try went, and what comes next; a worker that was slower than its lease notes nothing."""
    with transaction.atomic():
        endpoint = (
            WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",))
            .select_related("workspace")
            .get(pk=endpoint_id)
        )
        mine = WebhookDelivery.objects.filter(
            pk=request.delivery, tries=request.number, status=DeliveryStatus.PENDING
        )
        delivery = mine.first()
        if delivery is None:
            return
        DeliveryTry.objects.create(
            delivery=delivery,
            number=request.number,
            began_at=request.began_at,
            duration_ms=outcome.duration_ms,
            status_code=outcome.status,
            error=outcome.error,
            sent=request.body,
            answer=outcome.answer,
        )
        # What was sent is shown of the last try alone.
        delivery.attempts.filter(number__lt=request.number).exclude(sent="").update(sent="")
        mine.update(leased_until=None, **_next(delivery, outcome))
        if not request.fault:
            _follow_health(endpoint, outcome)


def _next(delivery: WebhookDelivery, outcome: Outcome) -> dict[str, Any]:
    """Return what a delivery is after a try: delivered, due again, or given up."""
    if outcome.is_ok:
        return {"status": DeliveryStatus.DELIVERED, "next_at": None, "ended_at": Now()}
    # Those of workers that died are not among them.
    made = delivery.attempts.filter(number__gt=delivery.first_try).count()
    if made > len(PAUSES):
        return {"status": DeliveryStatus.FAILED, "next_at": None, "ended_at": Now()}
    return {"next_at": Now() + PAUSES[made - 1] * random.uniform(1 - JITTER, 1 + JITTER)}  # noqa: S311 -- only to spread tries


def _follow_health(endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    mine = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if outcome.is_ok:
        if endpoint.failing_since:
            mine.update(failing_since=None, warned_at=None)
        return
    if outcome.status == GONE:
        endpoints.disable(endpoint, DisabledReason.GONE)
    elif not endpoint.failing_since:
        mine.update(failing_since=Now())


def send_again(delivery: WebhookDelivery) -> None:
    """Send a delivery again, under the same id, with all tries anew.

    Raises:
        EndpointDisabled: its endpoint is switched off.
    """
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
        if not endpoint.is_enabled:
            raise endpoints.EndpointDisabled(
                "This endpoint is switched off, so nothing is sent to it. Switch it on first."
            )
        held = WebhookDelivery.objects.get(pk=delivery.pk)
        is_leased = held.leased_until is not None and held.leased_until > clock.now()
        if held.status != DeliveryStatus.PENDING or not is_leased:
            # Whoever may still be at it notes nothing any more.
            WebhookDelivery.objects.filter(pk=held.pk).update(
                status=DeliveryStatus.PENDING,
                tries=held.tries + 1,
                first_try=held.tries + 1,
                next_at=Now(),
                leased_until=None,
                ended_at=None,
            )
        defer(endpoint.workspace_id, endpoint.pk)
