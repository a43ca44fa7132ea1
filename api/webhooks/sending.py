"""Deliveries: claimed, sent and noted, one endpoint at a time, so that a slow one delays no other.

A job works off what is due to one endpoint. At most `AT_ONCE` requests to an endpoint are under way in all workers, and
one while it fails; what else is due to it waits for those. A worker that dies leaves leases, after which the deliveries are
sent again: an endpoint may be told twice of an event, under the same id, and never not at all.
"""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from api.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from api.webhooks import endpoints
from api.webhooks.claiming import Request, claim, give_back
from api.webhooks.outcomes import Outcome, note
from api.webhooks.publishing import DELIVER, ENDS_AFTER, arguments, defer
from core import ids, jobs, safe_http
from core.database import clock
from core.database.asynchronous import run_for_job
from core.errors import Refusal
from core.fair_shares import FairShares
from core.safe_addresses import UNREACHABLE

SECONDS: Final = 15.0
TOGETHER_SECONDS: Final = 5.0
"""How long a worker goes on with what it has claimed together; with one more try it is far from the end of the lease."""
THREADS, SHARE, PRESENT = 64, 16, 48
"""Requests under way in one worker, those of them that are of one workspace, and its jobs there, waiting ones included."""
JOB_SECONDS: Final = 50.0
"""How long one job goes on with an endpoint, before another takes its turn."""
ANSWER_BYTES: Final = 2000
OVERDUE: Final = timedelta(seconds=5)
_present: Counter[uuid.UUID] = Counter()
_shares, _places = FairShares(SHARE), FairShares(THREADS)
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")


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
    requests = await run_for_job(workspace, claim, endpoint)
    if not requests:
        return False
    made = await asyncio.get_running_loop().run_in_executor(_threads, send_all, requests)
    await run_for_job(workspace, _note, endpoint, requests, made)
    return all(outcome.is_ok or request.fault for request, outcome in made)


def _note(endpoint: uuid.UUID, requests: Sequence[Request], made: Sequence[tuple[Request, Outcome]]) -> None:
    note(endpoint, made)
    give_back(requests[len(made) :])


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


def send_all(requests: Sequence[Request]) -> list[tuple[Request, Outcome]]:
    """Send requests one after the other, until one fails or it takes long; what is left out was not sent."""
    began = time.monotonic()
    made: list[tuple[Request, Outcome]] = []
    for request in requests:
        passed = time.monotonic() - began
        if made and passed > TOGETHER_SECONDS:
            break
        outcome = send(request, timedelta(seconds=passed))
        made.append((request, outcome))
        if not outcome.is_ok and not request.fault:
            break
    return made


def send(request: Request, after: timedelta = timedelta()) -> Outcome:
    """Send a request and wait for its answer, 15 seconds in all; redirects are answers, and no success.

    Args:
        request: what is sent.
        after: what has passed since it was claimed.
    """
    began, at = time.monotonic(), request.claimed_at + after
    if request.fault:
        return Outcome(at, error=request.fault)
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
    return Outcome(at, round(1000 * (time.monotonic() - began)), **facts)


_WORDS: Final = {
    UNREACHABLE: "The address can't be reached from here, or its certificate does not hold.",
    safe_http.SLOW: f"No answer within {SECONDS:.0f} seconds.",
    safe_http.GARBLED: "The answer was no HTTP that can be read.",
}


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
                ends_at=Now() + ENDS_AFTER,
            )
        defer(endpoint.workspace_id, endpoint.pk)
