"""Upkeep in portions: each is a transaction of its own, and they go on until nothing is left or the time is up."""

import time
from collections.abc import Callable
from typing import Final

from django.db.models import Model, QuerySet

SECONDS: Final = 240.0
"""How long a sweep goes on; the next one continues. Below the five minutes that the shortest distance between two allows."""
AT_ONCE: Final = 5_000


def work_off(portion: Callable[[], int], seconds: float = SECONDS) -> int:
    """Repeat a portion of work, at least once.

    Args:
        portion: does some of it, and returns how much; 0 once there is nothing left.
        seconds: after these no further portion begins.

    Returns:
        How much was done.
    """
    end, done = time.monotonic() + seconds, 0
    while did := portion():
        done += did
        if time.monotonic() >= end:
            break
    return done


def delete[Row: Model](rows: QuerySet[Row], at_once: int = AT_ONCE) -> int:
    """Delete rows in portions, and return how many there were; what goes along with them isn't counted."""
    label = rows.model._meta.label  # noqa: SLF001 -- Django's documented API

    def portion() -> int:
        some = rows.order_by().values("pk")[:at_once]
        return rows.model._default_manager.filter(pk__in=some).delete()[1].get(label, 0)  # noqa: SLF001 -- likewise

    return work_off(portion)
