"""The check of the invariants: it runs `billing/sql/invariants.sql`, `generation/sql/invariants.sql` and lists violations."""

from django.db import connection

from billing.reconciliation.findings import MOST, Findings
from core.registry import Registry

queries = Registry[str]("query")
"""Queries of any app with rows (invariant, violation)."""


_FIRST = "SELECT *, count(*) OVER () FROM ({query}\n) AS found (invariant, violation) LIMIT {most}"


def check() -> Findings:
    """Find what breaks an invariant, a line each, `I3: workspace …`; nothing if all is in order."""
    found = Findings()
    for query in queries.entries.values():
        list_first(query, found)
    return found


def violations() -> list[str]:
    """Return the lines of `check`."""
    return check().differences


def list_first(query: str, found: Findings) -> None:
    """Add the rows (kind, words) of a query: the first of them in words, all of them in number."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(query=query, most=MOST))
        rows = cursor.fetchall()
    found.add([f"{kind}: {words}" for kind, words, _ in rows], rows[0][-1] if rows else 0)
