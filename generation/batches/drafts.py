"""Batches before they are ordered: parsed, checked row by row, corrected."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, User, Workspace
from core.database import portions
from generation.batches import validation
from generation.batches.parsing import MAX_NAME, SURPLUS, ParsedRow
from generation.batches.validation import Checker
from generation.catalog.parameters import IN_BATCHES
from generation.errors import BatchNotReady, InvalidRows
from generation.models import Batch, BatchRow, BatchStatus
from generation.orders import labels
from generation.styles.authoring import NONE

KEPT = timedelta(days=30)
OPEN = 100
EDITABLE = ("prompt", "name", "model", "style", "n", "references", "external_id", *IN_BATCHES)
"""The fields that can be corrected in place; references can only be dropped."""
COLUMN = "column-"
"""Begins the name of a field for the words of a style's placeholder."""


def create(
    workspace: Workspace,
    rows: Sequence[ParsedRow],
    *,
    name: str = "",
    common: Mapping[str, Any] | None = None,
    external_id: str = "",
    metadata: Mapping[str, str] | None = None,
    user: User | None = None,
    token: ApiToken | None = None,
) -> Batch:
    """Keep rows as a draft, checked. Nothing is ordered.

    Args:
        workspace: the owner of the batch.
        rows: as `batch_rows` parses them.
        name: for people to read; a draft without one is named after the day.
        common: the settings for rows that have none of their own, see `validation.Checker`.
        external_id: what whoever orders calls the batch; rows have ids of their own.
        metadata: their pairs of text, which each of its generations gets.
        user: the member who made it, if a person did.
        token: the token that made it, otherwise.

    Raises:
        InvalidRows: the workspace has as many drafts as it may keep.
        InvalidOrder: the batch's id or its metadata can't be kept.
    """
    labels.check(external_id, metadata or {})
    if workspace.batches.filter(status=BatchStatus.DRAFT).count() >= OPEN:
        raise InvalidRows(f"This workspace already has {OPEN} drafts. Delete some first.", param="rows")
    batch = Batch(
        workspace=workspace,
        created_by=user,
        token=token,
        is_test=workspace.is_test,
        name=clean_name(name) or f"Batch of {timezone.now():%-d %B}",
        common=dict(common or {}),
        external_id=external_id,
        metadata=dict(metadata or {}),
    )
    with transaction.atomic():
        batch.save(force_insert=True)
        _fill(batch, rows)
    return batch


def replace(batch: Batch, rows: Sequence[ParsedRow]) -> None:
    """Replace the rows of a draft.

    Raises:
        BatchNotReady: it is no longer a draft.
    """
    with transaction.atomic():
        _still_draft(batch)
        batch.rows.all().delete()
        _fill(batch, rows)


def update_settings(
    batch: Batch, *, name: str | None = None, common: Mapping[str, Any] | None = None
) -> None:
    """Change a draft's name or settings, and check all its rows again.

    Raises:
        BatchNotReady: it is no longer a draft.
    """
    with transaction.atomic():
        _still_draft(batch)
        if name is not None:
            batch.name = clean_name(name) or batch.name
        if common is not None:
            batch.common = {**batch.common, **common}
        batch.save(update_fields=["name", "common"])
        _check(batch, list(batch.rows.all()))


def correct_row(batch: Batch, row: BatchRow, said: Mapping[str, str]) -> BatchRow:
    """Correct a row of a draft, and check it.

    Args:
        batch: a draft.
        row: one of its rows.
        said: new values by the names in `EDITABLE`, or `COLUMN` and a placeholder; an empty value falls back
            to the batch's.

    Raises:
        BatchNotReady: it is no longer a draft.
    """
    with transaction.atomic():
        _still_draft(batch)
        apply_correction(row, said)
        row.is_left_out = False
        row.save(update_fields=["prompt", "name", "overrides", "is_left_out"])
        _check(batch, [row])
    return row


def apply_correction(row: BatchRow, said: Mapping[str, str]) -> None:
    """Set a row's new values without saving it."""
    for name in EDITABLE:
        if name not in said:
            continue
        words = said[name].replace("\0", "").strip()
        if name == "prompt":
            row.prompt = words
            row.overrides.pop(SURPLUS, None)
        elif name == "name":
            row.name = words[:MAX_NAME]
        elif name == "references":
            if not words:
                row.overrides.pop(name, None)
        elif words:
            _override(row, name, words)
        else:
            row.overrides.pop(name, None)
    for slot in {one["slot"] for one in row.faults} - {""}:
        if f"{COLUMN}{slot}" in said:
            row.overrides.get("style_values", {}).pop(slot, None)
            row.overrides.setdefault("columns", {})[slot] = said[f"{COLUMN}{slot}"].replace("\0", "").strip()


def _override(row: BatchRow, name: str, words: str) -> None:
    row.overrides[name] = words
    if name == "style" and words.lower() == NONE:
        # Words for a style that the row no longer has.
        row.overrides.pop("style_values", None)


def leave_out(batch: Batch, row: BatchRow, *, out: bool) -> BatchRow:
    """Leave out a row of a draft, or include it again.

    Raises:
        BatchNotReady: it is no longer a draft.
    """
    with transaction.atomic():
        _still_draft(batch)
        row.is_left_out = out
        row.save(update_fields=["is_left_out"])
    return row


def discard(batch: Batch) -> None:
    """Delete a draft.

    Raises:
        BatchNotReady: it was ordered, so it is kept.
    """
    with transaction.atomic():
        _still_draft(batch)
        batch.delete()


def prune() -> int:
    """Delete the drafts that were not ordered within a month.

    Returns:
        The number of deleted drafts.
    """
    old = Batch.objects.filter(status=BatchStatus.DRAFT, created_at__lt=timezone.now() - KEPT)
    return portions.delete(old, at_once=100)


def clean_name(text: str) -> str:
    """Normalize a name to one line of limited length."""
    return " ".join(text.replace("\0", "").split())[:MAX_NAME]


def _still_draft(batch: Batch) -> None:
    """Lock the batch's row; a draft has no generation that would need another lock."""
    status = Batch.objects.select_for_update().values_list("status", flat=True).get(pk=batch.pk)
    if status != BatchStatus.DRAFT:
        raise BatchNotReady("This batch has already started, so its rows can no longer be changed.")


def _fill(batch: Batch, rows: Sequence[ParsedRow]) -> None:
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
    checker = Checker(batch.workspace, batch.common)
    checker.check(made)
    BatchRow.objects.bulk_create(made, batch_size=1000)
    _note(batch, checker, made)


def _check(batch: Batch, rows: list[BatchRow]) -> None:
    checker = Checker(batch.workspace, batch.common)
    checker.check(rows)
    validation.save(rows)
    if len(rows) > 1:
        _note(batch, checker, rows)


def _note(batch: Batch, checker: Checker, rows: list[BatchRow]) -> None:
    """Note which columns of the file have no meaning here."""
    there = {name for row in rows for name in row.overrides.get("columns", ())}
    batch.notes = sorted(there - checker.used_columns)
    batch.save(update_fields=["notes"])
