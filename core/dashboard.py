"""Parts of the operators' dashboard: numbers that link to their lists, and items that wait for a person."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

WIDTH, HEIGHT, MARGIN = 100, 20, 2


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number.

    Attributes:
        name: what it counts.
        value: the number in words.
        href: the list behind it, filtered to exactly what was counted.
        detail: further context.
        tone: `warn` or `bad` if somebody should look.
        trend: values in order of time, of any unit, for a line below the number.
    """

    name: str
    value: str
    href: str
    detail: str = ""
    tone: str = ""
    trend: Sequence[int | float | Decimal] = ()

    @property
    def points(self) -> str:
        """The trend as an SVG polyline's points in a box of 100 by 20; empty for fewer than two values."""
        if len(self.trend) < 2:  # noqa: PLR2004 -- a line has two ends
            return ""
        values = [float(value) for value in self.trend]
        low, high = min(values), max(values)
        step, scale = WIDTH / (len(values) - 1), (HEIGHT - 2 * MARGIN) / ((high - low) or 1)
        return " ".join(
            f"{index * step:.1f},{HEIGHT - MARGIN - (value - low) * scale:.1f}"
            for index, value in enumerate(values)
        )


@dataclass(frozen=True, slots=True)
class PendingItem:
    """An item that has waited for an operator since a moment."""

    title: str
    detail: str
    href: str
    icon: str
    since: dt.datetime


def changelist_url(model: str, filters: Mapping[str, object] | None = None) -> str:
    """Build the address of the admin's list of `app.model`, filtered by fields of the rows."""
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


LIVE: Final = {"workspace__mode__exact": "live"}
"""The filter of a list that leaves out test worlds, as figures do."""


def percent_change(now: Decimal | float, before: Decimal | float) -> str:
    """Format the relative change, `+11 %`; empty if there was nothing before."""
    if not before:
        return ""
    part = round((float(now) - float(before)) / abs(float(before)) * 100)
    return f"{part:+d} %".replace("-", "\N{MINUS SIGN}")


def age_in_words(since: dt.datetime, now: dt.datetime) -> str:
    """Format an age: `47 min`, `3 h`, `6 d`."""
    minutes = max(0, int((now - since).total_seconds())) // 60
    if minutes < 60:  # noqa: PLR2004 -- minutes of an hour
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 60 * 48 else f"{minutes // (60 * 24)} d"
