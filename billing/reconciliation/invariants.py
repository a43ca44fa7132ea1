"""The check of the invariants: it runs `billing/sql/invariants.sql`, `generation/sql/invariants.sql` and lists violations."""

import uuid

from django.db import connection

from billing import sql
from billing.reconciliation.findings import MOST, Findings
from core import ids
from core.registry import Registry

queries = Registry[str]("query")
"""Queries of any app with rows (invariant, violation), with the names of `fill` in braces."""


_FIRST = "SELECT *, count(*) OVER () FROM ({query}\n) AS found (invariant, violation) LIMIT {most}"


def check(first: uuid.UUID = ids.NOBODY) -> Findings:
    """Find what breaks an invariant, a line each, `I3: workspace …`; nothing if all is in order.

    Args:
        first: the smallest id of a transfer that is not proven; by default everything is compared.
    """
    found = Findings()
    for query in queries.entries.values():
        list_first(query, found, first)
    return found


def violations() -> list[str]:
    """Return the lines of `check`."""
    return check().differences


def list_first(query: str, found: Findings, first: uuid.UUID = ids.NOBODY) -> None:
    """Add the rows (kind, words) of a query: the first of them in words, all of them in number."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(query=fill(query, first), most=MOST))
        rows = cursor.fetchall()
    found.add([f"{kind}: {words}" for kind, words, _ in rows], rows[0][-1] if rows else 0)


def fill(query: str, first: uuid.UUID) -> str:
    """Put the proven point into a query, as text: the planner has to know how much lies behind it.

    Args:
        query: with `first`, `nothing` (the nil UUID) and `touched` (`billing/sql/touched.sql`) in braces.
        first: the smallest id of a transfer that is not proven, or the nil UUID.
    """
    point = {"first": f"'{first}'::uuid", "nothing": f"'{ids.NOBODY}'::uuid"}
    return query.format(**point, touched=sql.read("touched").format(**point))
