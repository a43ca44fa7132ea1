"""Closing of days: what moved on a day that is over is summed once, and every later page reads the sums.

A day is closed once no transaction can write into it any more. Ids of transfers are made while a transaction runs and
become visible when it commits, so a day that is over may still grow for a moment.
"""

import datetime as dt
import logging
from typing import Final

from django.db import connection, transaction

from billing import locks, sql
from billing.accounting.revenue import ONE_DAY, first_open, last_closed, moved_in_open_days
from billing.ledger import lots
from billing.ledger.statement import first_id
from billing.models import ClosedDay, DailyUse, Horizon, WalletAtClose
from billing.models.ledger import Transfer
from billing.signals import day_closed
from core import ids
from core.database import availability, clock

GRACE: Final = dt.timedelta(minutes=10)
"""Time after midnight before a day may be closed: more than a clock is ever set back."""
TIMEOUT: Final = "15min"
"""Time that one statement about one day may take."""

log = logging.getLogger("createio.closing")


def close_days() -> list[dt.date]:
    """Close all days that are over, oldest first, each in a transaction of its own.

    Returns:
        The days that were closed.
    """
    done: list[dt.date] = []
    last = (clock.now().astimezone(dt.UTC) - GRACE).date() - ONE_DAY
    if not _is_settled(last):
        return done
    with availability.override_timeouts(statement_timeout=TIMEOUT):
        while (day := _next()) is not None and day <= last:
            close(day)
            done.append(day)
    Horizon.objects.filter(day__lte=last).delete()
    return done


def reopen() -> int:
    """Forget all closed days, so that the next run closes them anew: for days closed by a clock that was wrong.

    Returns:
        How many days were open again.
    """
    with transaction.atomic():
        locks.closing()
        WalletAtClose.objects.all().delete()
        DailyUse.objects.all().delete()
        return ClosedDay.objects.all().delete()[0]


def close(day: dt.date) -> None:
    """Close a day: the one after the day that was closed last, or the first one on which credits moved."""
    with transaction.atomic():
        locks.closing()
        before = last_closed()
        if before is not None and before.day >= day:
            return
        span = {"first": first_id(day), "end": first_id(day + ONE_DAY)}
        sums = moved_in_open_days(before, day, day + ONE_DAY)[day]
        day_closed.send(ClosedDay, day=day, closed=before)
        begins = first_open(before)
        lots.write(
            "line",
            statement=sql.read("close_wallets"),
            first=first_id(begins) if begins else ids.NOBODY,
            end=span["end"],
        )
        DailyUse.objects.filter(day=day).delete()
        with connection.cursor() as cursor:
            cursor.execute(sql.read("close_use"), span)
        ClosedDay.objects.create(day=day, **sums)
    log.info("closed %s: %s credits used", day, f"{sums['used']:,}")


def _next() -> dt.date | None:
    if (day := first_open(last_closed())) is not None:
        return day
    first = Transfer.objects.order_by("id").values_list("id", flat=True).first()
    return dt.datetime.fromtimestamp((first.int >> 80) / 1000, dt.UTC).date() if first else None


def _is_settled(day: dt.date) -> bool:
    """Return whether every transaction that ran when a past day ended is over, or note now which those may be."""
    with connection.cursor() as cursor:
        # A snapshot's upper end leaves out transactions that run and are newer than the last one that ended.
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        ((newest,),) = cursor.fetchall()
        horizon, _ = Horizon.objects.get_or_create(day=day, defaults={"transaction": newest})
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        ((oldest,),) = cursor.fetchall()
    return bool(oldest >= horizon.transaction)
