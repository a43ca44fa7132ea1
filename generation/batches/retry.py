"""Retries of a batch's failed rows, with a new quote and a new hold."""

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

RETRYABLE = tuple(status for status in FINISHED if status != Status.SUCCEEDED)
"""Statuses of a row's newest generation with which the row can be retried."""


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """A priced retry: rows with their orders, and rows that can no longer be made, whose `error` says why."""

    rows: Sequence[BatchRow]
    prepared: Mapping[BatchRow, PreparedOrder]
    broken: Sequence[BatchRow]

    @property
    def credits(self) -> int:
        """The quote for all rows."""
        return sum(one.quote.credits for one in self.prepared.values())

    @property
    def images(self) -> int:
        """The number of missing images."""
        return sum(one.order.n for one in self.prepared.values())


def failed_rows(batch: Batch, positions: Iterable[int] | None = None) -> list[BatchRow]:
    """Return the rows that ended with fewer images than were ordered: all, or those at the given positions."""
    rows = batch.rows.filter(generation__status__in=RETRYABLE).select_related("generation")
    if positions is not None:
        rows = rows.filter(position__in=list(positions))
    stored = Count("generations__images", filter=Q(generations__images__status=ImageStatus.STORED))
    return list(rows.annotate(delivered=stored))


def plan(batch: Batch, rows: Sequence[BatchRow]) -> RetryPlan:
    """Price a retry of `rows`, from `failed_rows`: only what is missing of each is made."""
    checker = Checker(batch.workspace, batch.common)
    checker.check(rows)
    prepared: dict[BatchRow, PreparedOrder] = {}
    for row in rows:
        if row.error:
            continue
        missing = row.count - row.delivered  # type: ignore[attr-defined] # annotated by failed_rows
        order = replace(checker.order(row.prompt, row.overrides), n=max(1, missing))
        # A seed that an earlier round has used would make an image that is there already.
        order = replace(order, parameters=order.parameters.of_image(row.count * batch.rounds))
        prepared[row] = checker.desk.prepare(order)
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
    """Order the failed rows again, except those that are under way or done by now: a second call orders nothing.

    Args:
        batch: one that was started.
        positions: those of the rows to retry; None for all that failed.
        said: corrections of the rows, as `drafts.apply_correction` takes them.
        user: the member who asked, if a person did.
        token: the token that asked, otherwise.
        max_credits: refuse a price above it.

    Raises:
        BatchNotReady: no row of it can be retried.
        MaxCreditsExceeded: the price is above `max_credits`.
        Refusal: one of the ledger's.
    """
    with transaction.atomic():
        transitions.lock(batch.pk)
        current = Batch.objects.select_related("workspace").get(pk=batch.pk)
        if current.status == BatchStatus.PAUSED:
            raise BatchNotReady("This batch is paused; resume it, then retry. Nothing was charged.")
        rows = failed_rows(current, positions)
        for row in rows if said else ():
            apply_correction(row, said or {})
        retry_plan = plan(current, rows)
        if not retry_plan.rows:
            raise BatchNotReady(_nothing(retry_plan))
        ordering.refuse_above(retry_plan.credits, max_credits)
        if said:
            BatchRow.objects.bulk_update(retry_plan.rows, ["prompt", "name", "overrides"])
        current.rounds += 1
        credits = ordering.order(current, retry_plan.rows, retry_plan.prepared, user=user, token=token)
        # Updated last, under the workspace's lock: transactions that end its generations lock in the same order.
        Batch.objects.filter(pk=batch.pk).update(
            rounds=current.rounds,
            status=BatchStatus.RUNNING,
            finished_at=None,
            credits=F("credits") + credits,
            images=F("images") + retry_plan.images,
        )
    return Batch.objects.get(pk=batch.pk)


def _nothing(retry_plan: RetryPlan) -> str:
    if retry_plan.broken:
        first = retry_plan.broken[0]
        return f"Row {first.position} can't be made: {first.error} Nothing was charged."
    return (
        "No row of this batch failed, or the failed rows are already being made again. Nothing was charged."
    )
