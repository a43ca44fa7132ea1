"""Batches before they are ordered: read, checked row by row, corrected."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, User, Workspace
from generation import batch_check
from generation.batch_check import Checker
from generation.batch_rows import MAX_NAME, SURPLUS, Row
from generation.errors import BatchNotReady, InvalidRows
from generation.models import Batch, BatchRow, BatchStatus
from generation.parameters import IN_STUDIO

KEPT = timedelta(days=30)
OPEN = 100
EDITABLE = ("prompt", "name", "model", "style", "n", *IN_STUDIO)
"""What can be corrected in place."""


def draft(
    workspace: Workspace,
    rows: Sequence[Row],
    *,
    name: str = "",
    common: Mapping[str, Any] | None = None,
    user: User | None = None,
    token: ApiToken | None = None,
) -> Batch:
    """Keep rows as a draft, checked. Nothing is ordered.

    Args:
        workspace: whose batch.
        rows: as `batch_rows` reads them.
        name: what people call it; a draft without one is named after the day.
        common: what holds where a row says nothing, see `batch_check.Checker`.
        user: the member who made it, where a person did.
        token: the token that did, otherwise.

    Raises:
        InvalidRows: the workspace keeps as many drafts as it may.
    """
    if workspace.batches.filter(status=BatchStatus.DRAFT).count() >= OPEN:
        raise InvalidRows(f"This workspace keeps {OPEN} drafts already. Delete some first.", param="rows")
    batch = Batch(
        workspace=workspace,
        created_by=user,
        token=token,
        is_test=bool(token and token.is_test),
        name=named(name) or f"Batch of {timezone.now():%-d %B}",
        common=dict(common or {}),
    )
    with transaction.atomic():
        batch.save(force_insert=True)
        _fill(batch, rows)
    return batch


def replace(batch: Batch, rows: Sequence[Row]) -> None:
    """Put other rows in place of a draft's.

    Raises:
        BatchNotReady: it is no draft any more.
    """
    with transaction.atomic():
        _still_draft(batch)
        batch.rows.all().delete()
        _fill(batch, rows)


def change(batch: Batch, *, name: str | None = None, common: Mapping[str, Any] | None = None) -> None:
    """Change a draft's name or settings, and check all its rows again.

    Raises:
        BatchNotReady: it is no draft any more.
    """
    with transaction.atomic():
        _still_draft(batch)
        if name is not None:
            batch.name = named(name) or batch.name
        if common is not None:
            batch.common = {**batch.common, **common}
        batch.save(update_fields=["name", "common"])
        _check(batch, list(batch.rows.all()))


def fix(batch: Batch, row: BatchRow, said: Mapping[str, str]) -> BatchRow:
    """Correct a row of a draft, and check it.

    Args:
        batch: a draft.
        row: one of its rows.
        said: what it says now, by the names in `EDITABLE`; an empty word takes the batch's.

    Raises:
        BatchNotReady: it is no draft any more.
    """
    with transaction.atomic():
        _still_draft(batch)
        correct(row, said)
        row.is_left_out = False
        row.save(update_fields=["prompt", "name", "overrides", "is_left_out"])
        _check(batch, [row])
    return row


def correct(row: BatchRow, said: Mapping[str, str]) -> None:
    """Write onto a row, not yet into the database, what it says now."""
    for name in EDITABLE:
        if name not in said:
            continue
        words = said[name].replace("\0", "").strip()
        if name == "prompt":
            row.prompt = words
            row.overrides.pop(SURPLUS, None)
        elif name == "name":
            row.name = words[:MAX_NAME]
        elif words:
            row.overrides[name] = words
        else:
            row.overrides.pop(name, None)


def leave_out(batch: Batch, row: BatchRow, *, out: bool) -> BatchRow:
    """Leave a row of a draft out, or take it back in.

    Raises:
        BatchNotReady: it is no draft any more.
    """
    with transaction.atomic():
        _still_draft(batch)
        row.is_left_out = out
        row.save(update_fields=["is_left_out"])
    return row


def discard(batch: Batch) -> None:
    """Delete a draft.

    Raises:
        BatchNotReady: it was ordered, and stays.
    """
    with transaction.atomic():
        _still_draft(batch)
        batch.delete()


def prune() -> int:
    """Delete the drafts that nobody has ordered for a month; how many."""
    old = Batch.objects.filter(status=BatchStatus.DRAFT, created_at__lt=timezone.now() - KEPT)
    return old.delete()[1].get("generation.Batch", 0)


def named(text: str) -> str:
    """A name as it is kept: one line, not endless."""
    return " ".join(text.replace("\0", "").split())[:MAX_NAME]


def _still_draft(batch: Batch) -> None:
    """Lock the batch's row: a draft has no generation that could want another lock."""
    status = Batch.objects.select_for_update().values_list("status", flat=True).get(pk=batch.pk)
    if status != BatchStatus.DRAFT:
        raise BatchNotReady("This batch was started already, so its rows can't be changed any more.")


def _fill(batch: Batch, rows: Sequence[Row]) -> None:
    made = [
        BatchRow(
            workspace_id=batch.workspace_id,
            batch=batch,
            position=position,
            name=row.name,
            prompt=row.prompt,
            overrides=row.kept(),
        )
        for position, row in enumerate(rows, start=1)
    ]
    checker = Checker(batch.workspace, batch.common, is_test=batch.is_test)
    checker.check(made)
    BatchRow.objects.bulk_create(made, batch_size=1000)
    _note(batch, checker, made)


def _check(batch: Batch, rows: list[BatchRow]) -> None:
    checker = Checker(batch.workspace, batch.common, is_test=batch.is_test)
    checker.check(rows)
    batch_check.save(rows)
    if len(rows) > 1:
        _note(batch, checker, rows)


def _note(batch: Batch, checker: Checker, rows: list[BatchRow]) -> None:
    """Say which columns of the file mean nothing here."""
    there = {name for row in rows for name in row.overrides.get("columns", ())}
    batch.notes = sorted(there - checker.used_columns)
    batch.save(update_fields=["notes"])
