"""The oldest snapshot that somebody keeps: nothing that was deleted or changed since can be vacuumed meanwhile.

A forgotten session, a dump of an hour, a standby that reports what it reads, an abandoned replication slot: each makes
the queue and every busy row slower by the minute, for everybody.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

LONGEST: Final = 600
"""Seconds after which a transaction is reported."""
MOST: Final = 2_000_000
"""Transactions since a snapshot after which it is reported, whoever keeps it: of slots nobody knows since when."""
# Vacuum's own are left out: nobody has to wait for those.
_OLDEST: Final = """
    SELECT holder, max(seconds)::double precision, max(transactions)::bigint FROM (
        SELECT CASE WHEN backend_type = 'walsender' THEN 'standby' ELSE 'session' END,
               extract(epoch FROM clock_timestamp() - xact_start), age(backend_xmin)
        FROM pg_stat_activity
        WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
            AND (datname = current_database() OR datname IS NULL)
        UNION ALL
        SELECT 'slot', NULL, greatest(age(xmin), age(catalog_xmin)) FROM pg_replication_slots
        WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
        UNION ALL
        SELECT 'prepared', extract(epoch FROM clock_timestamp() - prepared), age(transaction)
        FROM pg_prepared_xacts WHERE database = current_database()
    ) AS kept (holder, seconds, transactions) GROUP BY holder
"""
HOLDERS: Final = {
    "session": "A session's transaction",
    "standby": "A standby's query",
    "slot": "A replication slot",
    "prepared": "A prepared transaction",
}


@dataclass(frozen=True, slots=True)
class OldestSnapshot:
    """The oldest snapshot of one kind of holder.

    Attributes:
        holder: a key of `HOLDERS`.
        seconds: since it was taken; 0 if the server doesn't say, as of slots.
        transactions: how many have begun since.
    """

    holder: str
    seconds: float
    transactions: int

    @property
    def trouble(self) -> str:
        """What is wrong with it; empty while it is young."""
        if self.seconds <= LONGEST and self.transactions <= MOST:
            return ""
        age = f"{self.seconds / 60:,.0f} minutes" if self.seconds else f"{self.transactions:,} transactions"
        return f"{HOLDERS[self.holder]} keeps a snapshot of {age} ago: nothing changed since is vacuumed"


def oldest() -> list[OldestSnapshot]:
    """Return the oldest snapshot of each kind of holder."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        found = {holder: (seconds or 0.0, transactions or 0) for holder, seconds, transactions in cursor}
    return [OldestSnapshot(holder, *found.get(holder, (0.0, 0))) for holder in HOLDERS]


def trouble() -> str:
    """Return what is wrong, in words; empty if nothing is."""
    return "; ".join(one.trouble for one in oldest() if one.trouble)
