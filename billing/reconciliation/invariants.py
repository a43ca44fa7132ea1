"""The check of the invariants: it runs `billing/sql/invariants.sql`, `generation/sql/invariants.sql` and lists violations."""

from django.db import connection

from core.registry import Registry

queries = Registry[str]("query")
"""Queries of any app with rows (invariant, violation)."""


def violations() -> list[str]:
    """Return one line per violation, `I3: workspace …`; none if all is in order."""
    lines = []
    with connection.cursor() as cursor:
        for query in queries.entries.values():
            cursor.execute(query)
            lines += [f"{invariant}: {violation}" for invariant, violation in cursor.fetchall()]
    return lines
