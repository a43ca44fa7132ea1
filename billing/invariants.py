"""The proof that the ledger is right: queries whose rows are what is wrong."""

from django.db import connection

from core.registry import Registry

queries = Registry[str]("query")
"""Whose rows are (invariant, violation)."""


def violations() -> list[str]:
    """One line per violation, `I3: workspace …`; empty when everything is as it must be."""
    lines = []
    with connection.cursor() as cursor:
        for query in queries.entries.values():
            cursor.execute(query)
            lines += [f"{invariant}: {violation}" for invariant, violation in cursor.fetchall()]
    return lines
