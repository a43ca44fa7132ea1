"""Ordering again what a batch did not get: a new quote, a new hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Count, F, Q

from accounts.models import ApiToken, User
from generation.batches import ordering, transitions
from generation.batches.drafts import apply_correction
from generation.batches.validation import Checker
from generation.errors import BatchNotReady
from generation.models import (
    FINISHED,
    Batch,
    BatchRow,
    BatchStatus,
    ImageStatus,
    Status,
)
from generation.orders.preparation import PreparedOrder

AGAIN = tuple(status for status in FINISHED if status != Status.SUCCEEDED)
"""What a row's newest generation came to, where there is something to retry."""


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """What would be made again: rows with their orders, and rows that can't be any more, whose `error` says why."""

    rows: Sequence[BatchRow]
    prepared: Mapping[BatchRow, PreparedOrder]
    broken: Sequence[BatchRow]

    @property
    def credits(self) -> int:
        """The quote."""
        return sum(one.quote.credits for one in self.prepared.values())

    @property
    def images(self) -> int:
        """How many are missing."""
        return sum(one.order.n for one in self.prepared.values())


def failed_rows(batch: Batch, positions: Iterable[int] | None = None) -> list[BatchRow]:
    """Select rows that ended with fewer images than were ordered; all of them, or those at some positions."""
    rows = batch.rows.filter(generation__status__in=AGAIN).select_related("generation")
    if positions is not None:
        rows = rows.filter(position__in=list(positions))
    stored = Count("generations__images", filter=Q(generations__images__status=ImageStatus.STORED))
    return list(rows.annotate(delivered=stored))


def plan(batch: Batch, rows: Sequence[BatchRow]) -> RetryPlan:
    """Price a retry of `rows`, from `failed_rows`: only what is missing of each is made."""
    checker = Checker(batch.workspace, batch.common, is_test=batch.is_test)
    checker.check(rows)
    prepared: dict[BatchRow, PreparedOrder] = {}
    for row in rows:
        if row.error:
            continue
        missing = row.count - row.delivered  # type: ignore[attr-defined] # annotated by failed_rows
        order = replace(checker.order(row.prompt, row.overrides), n=max(1, missing))
        prepared[row] = checker.desk.prepare(order, is_test=batch.is_test)
    return RetryPlan([row for row in rows if row in prepared], prepared, [row for row in rows if row.error])


def retry(
    batch: Batch,
    positions: Iterable[int] | None = None,
    *,
    said: Mapping[str, str] | None = None,
    user: User | None = None,
    token: ApiToken | None = None,
    max_credits: int | None = None,
) -> Batch:
    """Order the failed rows again. What is under way or done by now is passed over, so twice is once.

    Args:
        batch: one that was started.
        positions: of the rows; None for all that failed.
        said: what the rows say instead, as `batch_drafts.fix` takes it.
        user: the member who asked, where a person did.
        token: the token that asked, otherwise.
        max_credits: refuse a price above it.

    Raises:
        BatchNotReady: nothing of it can be retried.
        MaxCreditsExceeded: the price is above `max_credits`.
        Refusal: the ledger's.
    """
    with transaction.atomic():
        transitions.locked(batch.pk)
        current = Batch.objects.select_related("workspace").get(pk=batch.pk)
        if current.status == BatchStatus.PAUSED:
            raise BatchNotReady("This batch is paused; resume it, then retry. Nothing was charged.")
        rows = failed_rows(current, positions)
        for row in rows if said else ():
            apply_correction(row, said or {})
        again = plan(current, rows)
        if not again.rows:
            raise BatchNotReady(_nothing(again))
        ordering.refuse_above(again.credits, max_credits)
        if said:
            BatchRow.objects.bulk_update(again.rows, ["prompt", "name", "overrides"])
        current.rounds += 1
        credits = ordering.order(current, again.rows, again.prepared, user=user, token=token)
        # written last, when the workspace's lock is held: whoever ends a generation of it comes in the same order
        Batch.objects.filter(pk=batch.pk).update(
            rounds=current.rounds,
            status=BatchStatus.RUNNING,
            finished_at=None,
            credits=F("credits") + credits,
            images=F("images") + again.images,
        )
    return Batch.objects.get(pk=batch.pk)


def _nothing(again: RetryPlan) -> str:
    if again.broken:
        first = again.broken[0]
        return f"Row {first.position} can't be made: {first.error} Nothing was charged."
    return (
        "No row of this batch failed, or the failed rows are already being made again. Nothing was charged."
    )
