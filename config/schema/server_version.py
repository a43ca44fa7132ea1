"""The PostgreSQL version that this code needs, asked before anything is done to a database."""

from typing import Final

import psycopg
from django.core.management.base import CommandError

from core.database import availability

NEEDED: Final = 18
"""The first version with `uuidv7()`, which the ledger's functions call."""


def refuse_old(*, must_answer: bool = True) -> None:
    """Connect once and look at the version by which the server introduces itself, without any statement.

    Args:
        must_answer: whether a server that can't be reached is refused too.

    Raises:
        CommandError: the server is too old, or can't be reached.
    """
    try:
        with psycopg.connect(**availability.connection_parameters(), autocommit=True) as asked:
            found = asked.info.server_version // 10_000
    except psycopg.OperationalError as error:
        if must_answer:
            raise CommandError(f"The database can't be reached, and nothing was changed: {error}") from error
        return
    if found < NEEDED:
        raise CommandError(
            f"PostgreSQL {NEEDED} or later is needed, and the server is PostgreSQL {found}. Nothing was changed. Move the "
            "data to a newer server, by pg_upgrade or by pg_dump and pg_restore, or set DATABASE_URL to one."
        )
