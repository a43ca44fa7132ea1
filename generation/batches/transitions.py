"""Transitions of a batch: start, pause, resume and cancel."""

import uuid

from django.db import connection, transaction

from accounts.models import ApiToken, User
from core.database import clock
from generation.batches import ordering, validation
from generation.batches.validation import Checker
from generation.errors import BatchNotReady, InvalidRows
from generation.lifecycle import stopping
from generation.lifecycle.dispatch import dispatch
from generation.models import UNFINISHED, Batch, BatchRow, BatchStatus, Image, ImageStatus

_LOCK = "SELECT pg_advisory_xact_lock(7103, hashtext(%s))"


def start(
    batch: Batch, *, user: User | None = None, token: ApiToken | None = None, max_credits: int | None = None
) -> Batch:
    """Order the rows of a draft that can be made, with one hold, all or nothing. Starting twice changes nothing.

    Args:
        batch: a draft; rows that are left out or can't be made stay behind.
        user: the member who asked, if a person did.
        token: the token that asked, otherwise.
        max_credits: the price that was shown; a higher one is refused.

    Raises:
        InvalidRows: no row can be made, or one of those can no longer be made.
        MaxCreditsExceeded: the price is above `max_credits`.
        Refusal: one of the ledger's, for example InsufficientCredits.
    """
    with transaction.atomic():
        current = _lock_and_read(batch)
        if not current.is_draft:
            return current
        rows = list(current.rows.filter(error="", is_left_out=False))
        prepared = Checker(current.workspace, current.common).check(rows)
        if not rows:
            raise InvalidRows("No row of this batch can be made yet. Nothing was charged.", param="rows")
        if broken := [row for row in rows if row.pk not in prepared]:
            raise _no_longer_valid(broken)
        credits = sum(one.quote.credits for one in prepared.values())
        ordering.refuse_above(credits, max_credits)
        validation.save(rows)
        current.rounds = 1
        current.credits = ordering.order(
            current, rows, {row: prepared[row.pk] for row in rows}, user=user, token=token
        )
        current.status, current.started_at = BatchStatus.RUNNING, clock.now()
        current.created_by, current.token = user or current.created_by, token
        current.size, current.images = len(rows), sum(row.count for row in rows)
        current.save()
    return current


def pause(batch: Batch) -> Batch:
    """Dispatch no more images of a running batch; those with the provider are delivered and charged."""
    return _switch(batch, BatchStatus.RUNNING, BatchStatus.PAUSED, None)


def resume(batch: Batch) -> Batch:
    """Continue a paused batch."""
    return _switch(batch, BatchStatus.PAUSED, BatchStatus.RUNNING, ordering.BEHIND)


def cancel(batch: Batch, by: User | None = None) -> Batch:
    """Cancel the images that are not with the provider yet, and give their credits back at once.

    Args:
        batch: of the caller's workspace; one that has ended is left unchanged.
        by: the member who asked, if a person did.

    Raises:
        BatchNotReady: it was never started.
    """
    with transaction.atomic():
        current = _lock_and_read(batch)
        if current.is_draft:
            raise BatchNotReady("This batch was not started, so there is nothing to cancel.")
        if not current.is_under_way:
            return current
        stopping.cancel_batch(current, by)
    return Batch.objects.get(pk=batch.pk)


def lock(batch_id: uuid.UUID) -> None:
    """Keep other transitions from this batch until the transaction ends. Call it before locking any row."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [str(batch_id)])


def _lock_and_read(batch: Batch) -> Batch:
    """Lock the batch for one transition, and read it as it stands.

    A draft's row is locked too, against corrections. That of a batch under way is not: transactions that end its
    images lock the row last, while they hold other locks.
    """
    lock(batch.pk)
    rows = Batch.objects.select_related("workspace")
    current = rows.get(pk=batch.pk)
    return rows.select_for_update(of=("self",)).get(pk=batch.pk) if current.is_draft else current


def _switch(batch: Batch, before: BatchStatus, after: BatchStatus, turn: int | None) -> Batch:
    with transaction.atomic():
        lock(batch.pk)
        current = Batch.objects.get(pk=batch.pk)
        if current.status != before:
            return current
        # Selected first and then updated, as in `stopping.cancel_batch`.
        undispatched = Image.objects.filter(
            generation__batch=batch,
            generation__status__in=UNFINISHED,
            status=ImageStatus.WAITING,
            dispatched_at=None,
        )
        locked_images = undispatched.select_for_update(no_key=True, of=("self",)).order_by("pk")
        Image.objects.filter(pk__in=list(locked_images.values_list("pk", flat=True))).update(turn=turn)
        dispatch(batch.workspace_id)
        Batch.objects.filter(pk=batch.pk, status=before).update(status=after)
    return Batch.objects.get(pk=batch.pk)


def _no_longer_valid(broken: list[BatchRow]) -> InvalidRows:
    first = broken[0]
    rows = "1 row" if len(broken) == 1 else f"{len(broken):,} rows"
    return InvalidRows(
        f"{rows} can no longer be made; the first is row {first.position}: {first.error}"
        " Nothing was charged; look at the rows and start again.",
        param="rows",
        errors=[
            {"row": row.position, "param": one["param"], "message": one["message"]}
            for row in broken
            for one in row.problems
        ],
    )
