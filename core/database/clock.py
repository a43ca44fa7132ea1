"""The database's clock: the one that leases, locks until a moment, retries and expiries of all machines go by.

A machine's own clock may be a minute off. Queries say `django.db.models.functions.Now()` or `now()`; whoever has to
decide in Python asks here.
"""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """Ask the database what time it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (at,) = cursor.fetchone() or (None,)
    assert isinstance(at, datetime), "a database tells the time"
    return at
