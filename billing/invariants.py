"""The proof that the ledger is right: queries whose rows are what is wrong."""

from django.db import connection

from billing import sql

_queries: list[str] = [sql.read("invariants")]


def register(query: str) -> None:
    """Add a query of an upper app, whose rows are (invariant, violation). Called once, when that app is ready."""
    _queries.append(query)


def violations() -> list[str]:
    """One line per violation, `I3: workspace …`; empty when everything is as it must be."""
    lines = []
    with connection.cursor() as cursor:
        for query in _queries:
            cursor.execute(query)
            lines += [f"{invariant}: {violation}" for invariant, violation in cursor.fetchall()]
    return lines
