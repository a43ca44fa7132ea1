"""PostgreSQL, and whatever stands between it and us."""

import secrets
import time
from typing import Final

import psycopg
from django.db import OperationalError, connection

from config.doctor.findings import Finding, fault, ok, warning, words_of
from config.observability import health
from config.schema import server_version
from core.database import availability

MOST_SKEW: Final = 5.0
"""Seconds; leases, expiries and signatures compare the clocks of machines."""
NOTICE_SECONDS: Final = 3.0


def server() -> Finding:
    """Connect, and ask for the version."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::integer, current_setting('server_version')"
            )
            number, text = cursor.fetchone() or (0, "")
    except OperationalError as error:
        return fault(
            f"It can't be reached: {words_of(error, 300)}.",
            "Start it, or correct DATABASE_URL; let this machine in by its firewall and pg_hba.conf.",
        )
    if number // 10_000 < server_version.NEEDED:
        return fault(
            f"It is PostgreSQL {text}; {server_version.NEEDED} or later is needed.",
            "Move the data to a newer server by pg_upgrade, or by pg_dump and pg_restore.",
        )
    return ok(f"PostgreSQL {text} answers.")


def schema() -> Finding:
    """Compare migrations and functions with those of this code."""
    said = health.NEEDED["migrations"]()
    if said != "ok":
        return fault(f"The schema is not that of this code: {said}.", "Run manage.py prepare with this code.")
    return ok("All migrations and functions of this code are there.")


def encoding() -> Finding:
    """Look at the encoding, and at the version of the collation that the indexes were made with."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT pg_encoding_to_char(encoding), datlocprovider, coalesce(datlocale, datcollate), datcollversion,
                   pg_database_collation_actual_version(oid)
            FROM pg_database WHERE datname = current_database()
        """)
        name, provider, locale, made_with, has = cursor.fetchone() or ("", "", "", None, None)
    if name != "UTF8":
        return fault(
            f"The database's encoding is {name}; prompts are written in all scripts.",
            "Make a database with ENCODING 'UTF8' and restore into it.",
        )
    if made_with != has:
        return fault(
            f"Indexes were made with version {made_with} of the collation {locale}, and the system has {has}: searches may miss rows.",
            "REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION.",
        )
    return ok(f"UTF8, collation {locale or provider}.")


def clock() -> Finding:
    """Compare this machine's clock with the database's."""
    before = now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        (theirs,) = cursor.fetchone() or (0,)
    after = now()
    ahead = (before + after) / 2 - float(theirs)
    if abs(ahead) > MOST_SKEW + (after - before) / 2:
        return fault(
            f"This machine's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the database's.",
            "Run chrony or systemd-timesyncd on both machines.",
        )
    return ok(f"This machine and the database agree within {abs(ahead) + (after - before) / 2:.1f} seconds.")


def pooler() -> Finding:
    """Send a notification from one connection to another, as workers and live processes need them."""
    known, channel = availability.connection_parameters(), f"createio_doctor_{secrets.token_hex(4)}"
    with (
        psycopg.connect(**known, autocommit=True) as hearing,
        psycopg.connect(**known, autocommit=True) as telling,
    ):
        hearing.execute(f"LISTEN {channel}")
        hearing.execute("SELECT 1")
        telling.execute("SELECT pg_notify(%s, '')", [channel])
        heard = next(hearing.notifies(timeout=NOTICE_SECONDS, stop_after=1), None)
        (waits,) = telling.execute("SHOW lock_timeout").fetchone() or ("0",)
    if heard is None:
        return fault(
            "Notifications don't arrive: a pooler in transaction mode stands between. Workers and live processes would wait in vain.",
            "Set DATABASE_DIRECT_URL to the server itself, or pool_mode = session.",
        )
    if waits == "0":
        return warning(
            "Time-outs of this code don't arrive: a pooler drops the connection's options.",
            "Set them for the role: ALTER ROLE … SET lock_timeout = '2s', and the others of docs/decisions/0018.",
        )
    return ok("Notifications and time-outs arrive: the server itself, or a pooler in session mode.")


def now() -> float:
    """Return Unix time by this machine."""
    return time.time()
