"""Outcomes of paid calls, each recorded in one transaction: only the attempt that holds an image can end it."""

import json
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from core.database import clock
from generation.catalog import cache
from generation.lifecycle import retry_policy, settlement, traces
from generation.lifecycle.claims import ClaimedImage
from generation.lifecycle.retry_policy import AttemptedCall
from generation.media.inspection import InspectedImage
from generation.models import Attempt, Image, ImageStatus, Outcome, Reason
from generation.providers import circuit_breaker, model_access
from generation.providers.contract import DeliveredImage, ProviderFailure

_STORE = "SELECT * FROM generation_store(%s, %s, %s::jsonb, %s, %s, %s::jsonb)"
_AGAIN = "SELECT generation_again(%s, %s, %s)"
_ONCE = "SELECT generation_cost_once(%s)"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Storage key of an image's original, with its size in bytes and its sha256."""

    file: str
    size: int
    sha256: bytes


def record_delivered(
    work: ClaimedImage, delivery: DeliveredImage, inspected: InspectedImage, file: StoredFile
) -> bool:
    """Record a delivered image: store its row, charge for it and announce it.

    Returns:
        False if the claim was lost meanwhile; then nothing was stored or charged, and the cost is ours.
    """
    image_columns = {
        "file": file.file,
        "size": file.size,
        "format": inspected.format,
        "width": inspected.width,
        "height": inspected.height,
        "seed": delivery.seed,
    }
    attempt_columns = {
        "http_status": delivery.status,
        "upstream_request": delivery.request[:120],
        "usage": _usage(delivery),
        "cost": _cost(work, delivery),
    }
    image = Image(
        pk=work.image,
        workspace_id=work.workspace,
        generation_id=work.generation,
        index=work.index,
        status=ImageStatus.STORED,
        credits=work.credits,
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _STORE,
                [
                    work.image,
                    work.attempt,
                    json.dumps(image_columns),
                    file.sha256,
                    b"",
                    json.dumps(attempt_columns),
                ],
            )
            won, is_kept = cursor.fetchone() or (False, False)
        if won:
            settlement.charge_stored(
                work.hold, image, width=inspected.width, height=inspected.height, format=inspected.format
            )
    if won:
        _log.info("Stored: %s of %s.", work.model, work.provider)
        traces.record_image(work.workspace, work.generation, work.image, in_batch=work.in_batch)
    circuit_breaker.record_end(work, delivery)
    # True without having won if an earlier run committed and its answer was lost.
    return bool(is_kept)


def record_accepted(attempt: uuid.UUID, request: str) -> None:
    """Record the id under which the provider keeps this attempt's request."""
    mine = Attempt.objects.filter(pk=attempt, outcome=Outcome.SENT)
    mine.update(upstream_request=request[:120], is_open=True)


def record_failed(work: AttemptedCall, failure: ProviderFailure, *, only_expired: bool = False) -> bool:
    """Requeue the image if another call is safe, else fail it and give its credits back.

    Args:
        work: the attempt; if it no longer holds the image, only its cost is recorded.
        failure: how it failed.
        only_expired: change nothing if the lease was renewed meanwhile.

    Returns:
        Whether the attempt held the image.
    """
    cost = _cost(work, failure) if failure.paid else 0
    with transaction.atomic():
        generation = settlement.lock(work.generation)
        mine = Image.objects.filter(pk=work.image, claim=work.attempt, status=ImageStatus.RUNNING)
        if only_expired:
            mine = mine.filter(lease_until__lt=Now())
        image = mine.select_for_update(no_key=True).first()
        if image is None and only_expired:
            return False
        _end(work, failure, cost)
        if image is None:
            return False
        again_at = None
        if not generation.cancel_requested_at:
            again_at = retry_policy.again_at(work, image, failure, now=clock.now())
        if again_at:
            requeue(work.image, work.attempt, again_at)
        else:
            canceled = generation.cancel_requested_at and failure.may_retry
            reason = Reason.CANCELED if canceled else failure.reason
            settlement.fail(generation, image, reason, detail=failure.detail)
            settlement.close(generation)
    # The provider's words may hold the prompt; the reason is one of ours.
    _log.info("Not delivered by %s of %s: %s.", work.model, work.provider, failure.reason)
    if not again_at:
        in_batch = generation.batch_id is not None
        traces.record_image(
            generation.workspace_id, generation.pk, image.pk, reason=reason, in_batch=in_batch
        )
    circuit_breaker.record_end(work, failure)
    return True


def record_made_by_another(work: ClaimedImage, failure: ProviderFailure) -> bool:
    """Fail an image that another model has made than was ordered: its cost is ours, and operators are told.

    Returns:
        Whether the attempt held the image.
    """
    model_access.record_answer(work.model, failure.model)
    return record_failed(work, failure)


def requeue(image: uuid.UUID, attempt: uuid.UUID, at: datetime | None) -> bool:
    """Let an image wait for another attempt.

    Args:
        image: a running image.
        attempt: the attempt that holds it.
        at: the earliest moment of the next attempt; None for at once.

    Returns:
        False if `attempt` no longer holds the image.
    """
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, [image, attempt, at])
        (done,) = cursor.fetchone() or (False,)
    return bool(done)


def _end(work: AttemptedCall, failure: ProviderFailure, cost: int) -> None:
    columns: dict[str, Any] = {
        "outcome": failure.outcome,
        "blame": failure.blame,
        "error": failure.error[:500],
        "http_status": failure.status,
        "usage": _usage(failure),
        "cost": cost,
        "is_loss": failure.paid,
        "ended_at": Now(),
    }
    if failure.request:
        columns["upstream_request"] = failure.request[:120]
    if not failure.runs_on:
        columns["is_open"] = False
    # A recorded success stays; what the sweeper recorded of a lost attempt is corrected by its own worker.
    Attempt.objects.filter(pk=work.attempt, outcome__in=(Outcome.SENT, Outcome.UNKNOWN)).update(**columns)
    with connection.cursor() as cursor:
        cursor.execute(_ONCE, [work.image])


def _usage(answer: DeliveredImage | ProviderFailure) -> dict[str, Any]:
    """Return the reported usage, with the model that answered if its provider names one."""
    return {**answer.usage, **({"model": answer.model[:120]} if answer.model else {})}


def _cost(work: AttemptedCall, answer: DeliveredImage | ProviderFailure) -> int:
    """Return a paid call's cost in micro-dollars, at the prices of the model that answered, if we know them.

    Inside a transaction, the catalog would be read anew each time.
    """
    if work.provider == "test":
        return 0
    known = cache.load()
    served = next(
        (
            one.slug
            for one in known.models.values()
            if answer.model and (one.provider_id, one.upstream_id) == (work.provider, answer.model)
        ),
        work.model,
    )
    return (
        known.costs.cost_of(served, answer.units)
        or known.costs.cost_of(work.model, answer.units)
        or known.costs.at_most(work.model, work.quality, work.pixels, work.references)
    )
