"""The bars of the usage chart, as numbers for SVG; the text around them is HTML."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from generation.reporting.usage import Dimension, Period, UsageCell, UsageGroup, group_by

WIDTH, HEIGHT = 660, 180
SHARE = 0.53
"""The share of a day's width that its bar fills."""
FEWEST_DAYS = 7
"""A month that has just begun is drawn as a week, so that its first bar is not too wide."""
TONES = ("", "second", "third")
OTHERS = UsageGroup("others", "Others")
STEPS = (3, 6, 9, 15, 30, 60, 90)
"""Upper ends of the scale, to be multiplied by powers of ten: the thirds of each are whole numbers."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day's bar."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class ChartDay:
    """A day of the table: the credits of each of the chart's parts, and their total."""

    day: dt.date
    parts: list[int]
    total: int
    is_today: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing, and the same as a table.

    Attributes:
        parts: name and tone of each, from the bottom of a bar up.
        bars: rectangles.
        scale: labels beside the lines, from the top.
        lines: heights of the lines.
        dates: labels below, from the left.
        days: the table, newest first.
        most: the day with the most usage; None without any.
    """

    parts: list[tuple[str, str]]
    bars: list[Bar]
    scale: list[int]
    lines: list[float]
    dates: list[str]
    days: list[ChartDay]
    most: ChartDay | None


def draw(found: Sequence[UsageCell], by: Dimension, period: Period, today: dt.date) -> Chart:
    """Draw credits by day, split by the two with the most usage and the others."""
    ranked = [key for key, amount in group_by(found, by) if amount.credits]
    shown = ranked if len(ranked) <= len(TONES) else [*ranked[: len(TONES) - 1], OTHERS]
    place = {key: min(number, len(TONES) - 1) for number, key in enumerate(ranked)}
    span = max((period.until - period.since).days, FEWEST_DAYS)
    sums = {period.since + dt.timedelta(days=n): [0] * len(shown) for n in range(span)}
    for cell in found:
        if cell.amount.credits:
            sums[cell.day][place[cell.keys[by]]] += cell.amount.credits
    days = [ChartDay(day, parts, sum(parts), day == today) for day, parts in sums.items()]
    top = _top(max((day.total for day in days), default=0))
    most = max(days, key=lambda one: one.total)
    return Chart(
        parts=[(key.label, tone) for key, tone in zip(shown, TONES, strict=False)],
        bars=[bar for number, day in enumerate(days) for bar in _bars(number, day, shown, span, top)],
        scale=[top, top * 2 // 3, top // 3, 0],
        lines=[0.5, HEIGHT / 3, HEIGHT * 2 / 3, HEIGHT - 0.5],
        dates=_dates([day.day for day in days]),
        days=[day for day in reversed(days) if day.day < period.until],
        most=most if most.total else None,
    )


def _bars(number: int, day: ChartDay, shown: Sequence[UsageGroup], span: int, top: int) -> list[Bar]:
    """Stack a day's parts, with a hairline between them."""
    step = WIDTH / span
    made, below = [], 0
    for key, tone, credits in zip(shown, TONES, day.parts, strict=False):
        if not credits:
            continue
        height = HEIGHT * credits / top
        made.append(
            Bar(
                x=round(number * step + step * (1 - SHARE) / 2, 2),
                y=round(HEIGHT - HEIGHT * below / top - height, 2),
                width=round(step * SHARE, 2),
                height=round(max(height - (1 if below else 0), 0.5), 2),
                tone="now" if day.is_today else tone,
                words=f"{day.day:%-d %B}, {key.label}: {credits:,}",
            )
        )
        below += credits
    return made


def _top(most: int) -> int:
    """Return the upper end of the scale."""
    factor = 1
    while True:
        for step in STEPS:
            if step * factor >= most:
                return step * factor
        factor *= 10


def _dates(days: Sequence[dt.date]) -> list[str]:
    """Label four days at equal distances: the last with its month, the first too if its month differs."""
    last = len(days) - 1
    found = [days[round(last * third / 3)] for third in range(4)]
    is_one = found[0].month == found[-1].month
    return [
        f"{day:%-d %b}" if number == 3 or (number == 0 and not is_one) else f"{day:%-d}"  # noqa: PLR2004 -- the last
        for number, day in enumerate(found)
    ]
