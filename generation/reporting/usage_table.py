"""Usage in full detail as a table: a line for each day, member, token, model and source."""

from collections.abc import Iterable, Iterator
from typing import Final

from core.outputs import csv_cells
from generation.reporting.usage import Dimension, UsageCell

COLUMNS: Final = (
    "day", "member_id", "member", "token_id", "token", "model_id", "model", "source", "images", "not_charged",
    "credits",
)  # fmt: skip
TYPE: Final = "text/csv; charset=utf-8"


def as_csv(found: Iterable[UsageCell]) -> str:
    """Write cells as CSV."""
    return "".join(csv_cells.lines(COLUMNS, _rows(found)))


def _rows(found: Iterable[UsageCell]) -> Iterator[tuple[object, ...]]:
    for cell in found:
        member, token, model = (cell.keys[by] for by in (Dimension.MEMBER, Dimension.TOKEN, Dimension.MODEL))
        yield (
            cell.day.isoformat(), member.id, member.label if member.id else "", token.id, token.label if token.id else "",
            model.id, model.label if model.id else "", cell.keys[Dimension.SOURCE].id, cell.amount.images, cell.amount.not_charged,
            cell.amount.credits,
        )  # fmt: skip
