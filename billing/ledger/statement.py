"""The statement: every credit in and out, newest first, with the balance after each line.

A generation is one line, however many images it delivered: while it runs the line says what is held for it,
afterwards what it cost; each step of it is in the CSV. The balance is what can be spent (negative in debt), and each
line's balance is that of the line below it plus the line's credits.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Workspace
from billing import sql
from billing.ledger import balance, descriptions
from billing.ledger.descriptions import Description
from billing.models.ledger import Account, Kind, Transfer
from core import ids

PORTION = 2_000
"""Transfers that an export reads at once."""
INNER = (Kind.CAPTURE, Kind.RELEASE)
"""Kinds that are shown within their hold's line."""
PLATFORM = tuple(a.value for a in Account if a not in {Account.AVAILABLE, Account.HELD, Account.DEBT})

GROUPS: dict[str, tuple[str, Q]] = {
    "spent": ("Spent", Q(kind=Kind.HOLD)),
    "bought": ("Bought", Q(kind=Kind.PURCHASE)),
    "given": ("Given", Q(kind__in=(Kind.GRANT, Kind.ADJUST, Kind.WRITE_OFF))),
    "clients": ("Clients", Q(kind__in=(Kind.FUND, Kind.WITHDRAW))),
    "refunds": ("Refunds and disputes", Q(kind__in=(Kind.REVERSE, Kind.RESTORE, Kind.SETTLE))),
}
"""Filters by what a line is about: words and condition."""

_BALANCES = """
    SELECT id, sum(net) OVER (ORDER BY id DESC) - net AS newer FROM (
        SELECT t.id, CASE
            WHEN t.kind = 'hold' THEN h.released - h.amount
            WHEN t.source = ANY(%(platform)s) THEN t.amount
            WHEN t.target = ANY(%(platform)s) THEN -t.amount
            ELSE 0 END AS net
        FROM billing_transfer AS t LEFT JOIN billing_hold AS h ON h.id = t.hold_id
        WHERE t.workspace_id = %(workspace)s AND t.kind NOT IN ('capture', 'release') AND t.id >= %(oldest)s
    ) AS nets
"""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of the statement. `credits` is signed; `held` is what is still held for it."""

    id: uuid.UUID
    at: dt.datetime
    kind: str
    what: Description
    who: str
    credits: int
    held: int
    balance: int

    @property
    def is_income(self) -> bool:
        """Whether credits came in."""
        return self.credits > 0


def lines(
    workspace: Workspace,
    after: uuid.UUID | None = None,
    limit: int = 50,
    *,
    group: str = "",
    month: dt.date | None = None,
    who: str = "",
) -> list[StatementLine]:
    """Return up to `limit` lines, newest first, older than the line `after`.

    Args:
        workspace: the owner of the credits.
        after: id of the last line that was seen.
        limit: largest number of lines.
        group: a key of `GROUPS`, or empty for all.
        month: first day of the month to show, or None for all.
        who: public id of the person or token who moved the credits, or empty for all.
    """
    rows = (
        Transfer.objects.filter(workspace=workspace)
        .exclude(kind__in=INNER)
        .select_related("hold", "actor", "token")
        .order_by("-id")
    )
    if after is not None:
        rows = rows.filter(id__lt=after)
    if group in GROUPS:
        rows = rows.filter(GROUPS[group][1])
    rows = _filtered(rows, month, who)
    page = list(rows[:limit])
    if not page:
        return []
    newer = _newer(workspace, page[-1].pk)
    now = balance.for_workspace(workspace)
    spendable = now.available - now.debt
    known = descriptions.describers.describe(workspace, (row.reference for row in page))
    return [_line(row, spendable - newer[row.pk], known.get(row.reference)) for row in page]


def movements(workspace: Workspace, month: dt.date | None = None, who: str = "") -> Iterator[list[Transfer]]:
    """Yield every transfer, newest first, in portions of their own queries: an export holds no cursor while it is read."""
    rows: QuerySet[Transfer] = (
        Transfer.objects.filter(workspace=workspace).select_related("actor", "token").order_by("-id")
    )
    rows = _filtered(rows, month, who)
    portion = list(rows[:PORTION])
    while portion:
        yield portion
        portion = list(rows.filter(id__lt=portion[-1].pk)[:PORTION])


def spent_since(workspace: Workspace, day: dt.date) -> int:
    """Sum the credits used since the beginning of a day (UTC)."""
    with connection.cursor() as cursor:
        cursor.execute(sql.read("used"), {"workspace": workspace.pk, "since": day, "listed": first_id(day)})
        row = cursor.fetchone()
    assert row is not None, "a sum is one row"
    return int(row[0])


def first_id(day: dt.date, zone: dt.tzinfo = dt.UTC) -> uuid.UUID:
    """Return the smallest UUIDv7 of a day: ids sort by time, so their index serves ranges of time."""
    return ids.first(dt.datetime.combine(day, dt.time(), zone))


def next_month(month: dt.date) -> dt.date:
    """Return the first day of the month after this one."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def actor_name(transfer: Transfer) -> str:
    """Name the person, or the token, that moved the credits; "System" if neither did."""
    if transfer.token is not None:
        return f"API · {transfer.token.name}"
    if transfer.actor is not None:
        return transfer.actor.display_name
    return "System"


def _filtered(rows: QuerySet[Transfer], month: dt.date | None, who: str) -> QuerySet[Transfer]:
    """Keep transfers of a month, and of a person or token; an id of neither matches nothing."""
    if month is not None:
        rows = rows.filter(id__gte=first_id(month), id__lt=first_id(next_month(month)))
    if (person := ids.parse("usr", who)) is not None:
        return rows.filter(actor=person)
    if (token := ids.parse("tok", who)) is not None:
        return rows.filter(token=token)
    return rows.none() if who else rows


def _newer(workspace: Workspace, oldest: uuid.UUID) -> dict[uuid.UUID, int]:
    """Return, for each line from `oldest` on, the sum of the newer lines."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"platform": list(PLATFORM), "workspace": workspace.pk, "oldest": oldest})
        rows: list[tuple[Any, Any]] = cursor.fetchall()
    return {pk: int(newer) for pk, newer in rows}


def _line(row: Transfer, spendable: int, what: Description | None) -> StatementLine:
    held = row.hold.remaining if row.kind == Kind.HOLD and row.hold else 0
    return StatementLine(
        id=row.pk,
        at=row.created_at,
        kind=row.kind,
        what=_what(row, what),
        who=actor_name(row),
        credits=_net(row),
        held=held,
        balance=spendable,
    )


def _what(row: Transfer, known: Description | None) -> Description:
    """Return the thing's description, or the ledger's own words; for a reversal both, these words first."""
    words = row.reason or row.get_kind_display()
    if known is None:
        return Description(title=words, icon=_icon(row))
    if row.kind in {Kind.HOLD, Kind.PURCHASE}:
        return known
    return Description(title=f"{words}: {known.title}", href=known.href, icon=_icon(row))


def _net(row: Transfer) -> int:
    if row.kind == Kind.HOLD:
        assert row.hold is not None, "a hold's transfer has its hold"
        return row.hold.released - row.hold.amount
    if row.source in PLATFORM:
        return row.amount
    return -row.amount if row.target in PLATFORM else 0


def _icon(row: Transfer) -> str:
    match row.kind:
        case Kind.GRANT | Kind.WRITE_OFF:
            return "gift"
        case Kind.PURCHASE:
            return "credit-card"
        case Kind.REVERSE | Kind.RESTORE | Kind.SETTLE:
            return "rotate-ccw"
        case Kind.ADJUST:
            return "pencil"
        case Kind.FUND | Kind.WITHDRAW:
            return "users"
    return "sparkles"
