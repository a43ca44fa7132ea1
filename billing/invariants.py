"""Invariants of the ledger: queries whose rows are violations."""

from django.db import connection

from billing import sql

_queries: list[str] = [sql.read("invariants")]


def register(query: str) -> None:
    """Add a query of a higher app with rows (invariant, violation). Call it once, when that app is ready."""
    _queries.append(query)


def violations() -> list[str]:
    """Return one line per violation, `I3: workspace …`; none if all is in order."""
    lines = []
    with connection.cursor() as cursor:
        for query in _queries:
            cursor.execute(query)
            lines += [f"{invariant}: {violation}" for invariant, violation in cursor.fetchall()]
    return lines
