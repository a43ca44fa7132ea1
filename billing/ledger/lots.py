"""Lots of credits that came in at once. Spending is first in, first out, so the newest remain."""

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Q, Sum

from accounts.models import Workspace
from billing import sql
from billing.models.ledger import Kind, Transfer
from core import ids

LAST: Final = uuid.UUID(int=(1 << 128) - 1)
"""An id larger than any other."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Credits that came in at once: `credits` net of what was taken back, `left` unspent."""

    reference: str
    credits: int
    left: int


def read(
    *parts: str,
    statement: str,
    workspace: uuid.UUID | None = None,
    first: uuid.UUID = ids.NOBODY,
    end: uuid.UUID = LAST,
    **parameters: Any,
) -> list[tuple[Any, ...]]:
    """Run a statement over the lots of one workspace or of all.

    Args:
        parts: the files of `billing/sql/` that follow `lots.sql`.
        statement: the query over them; it reads the last part by its name.
        workspace: the owner of the lots; None for all workspaces.
        first: id of the first movement that is listed by itself.
        end: smallest id beyond the last movement.
        parameters: parameters of the last part and of the statement.
    """
    # Only files and texts of our own go into the statement.
    whole = f"WITH {parts[-1]} AS (WITH {_joined(*parts)}) {statement}"
    with connection.cursor() as cursor:
        cursor.execute(whole, {"workspace": workspace, "first": first, "end": end, **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def write(*parts: str, statement: str, first: uuid.UUID, end: uuid.UUID) -> None:
    """Run a statement that stores something about the lots of all workspaces.

    Args:
        parts: the files of `billing/sql/` that follow `lots.sql`; the statement reads all their parts by name.
        statement: the statement.
        first: as of `read`.
        end: as of `read`.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {_joined(*parts)} {statement}", {"workspace": None, "first": first, "end": end})


def _joined(*parts: str) -> str:
    return ",\n".join(sql.read(part) for part in ("lots", *parts))


def for_workspace(workspace: Workspace) -> list[Lot]:
    """Return every lot of a workspace, newest first; held credits count as left, though not available."""
    newest = "SELECT reference, credits, left_credits FROM remaining ORDER BY id DESC"
    rows = read("remaining", statement=newest, workspace=workspace.pk)
    return [Lot(reference, int(credits), int(left)) for reference, credits, left in rows]


def left_by_origin(workspace: Workspace) -> tuple[int, int]:
    """Return the unspent credits of lots that were given, and of those that were bought; held ones count as left."""
    sums = """SELECT coalesce(sum(left_credits) FILTER (WHERE kind <> 'purchase'), 0),
                     coalesce(sum(left_credits) FILTER (WHERE kind = 'purchase'), 0) FROM remaining"""
    ((granted, bought),) = read("remaining", statement=sums, workspace=workspace.pk)
    return int(granted), int(bought)


def left_of(workspace: Workspace, purchase: uuid.UUID) -> int:
    """Return the unspent credits of a purchase."""
    return sum(lot.left for lot in for_workspace(workspace) if lot.reference == f"purchase:{purchase}")


def clawed_back(workspace: Workspace, reference: str, *, by: str = "") -> int:
    """Return the credits of a purchase that refunds and disputes, or the account `by`, have taken back so far."""
    taken, restored = Q(kind=Kind.REVERSE), Q(kind=Kind.RESTORE)
    if by:
        taken, restored = taken & Q(target=by), restored & Q(source=by)
    sums = Transfer.objects.filter(workspace=workspace, reference=reference).aggregate(
        taken=Sum("amount", filter=taken, default=0),
        restored=Sum("amount", filter=restored, default=0),
    )
    return int(sums["taken"] - sums["restored"])


def count_clawbacks(workspace: Workspace, reference: str) -> int:
    """Count how often credits of a purchase were taken back or given back."""
    kinds = (Kind.REVERSE, Kind.RESTORE)
    return Transfer.objects.filter(workspace=workspace, reference=reference, kind__in=kinds).count()
