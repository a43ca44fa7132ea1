"""Revenue and cost of images by day and model, and the cost of attempts without an image."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.accounting.revenue import first_open, while_unchanged
from billing.models import ClosedDay
from generation.models import DailyCost, ImageModel
from generation.reporting import closing

type Key = tuple[dt.date, str]
type Figures = tuple[int, Decimal, int, int]

MICROS = 10_000
"""Micro-dollars per cent."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The figures of a day and model, or any sum of these.

    Attributes:
        day: the day, or the first of several.
        model: the model's public id; empty if several are summed up, or if no model is known.
        label: the model's name.
        images: delivered and charged.
        revenue: what credits earned by being used for them, in cents, exactly.
        cost: what the provider charges for delivered images, in micro-dollars.
        lost: what the provider charges for attempts without delivery, in micro-dollars, which we alone bear.
    """

    day: dt.date
    model: str
    label: str
    images: int
    revenue: Decimal
    cost: int
    lost: int

    @property
    def margin(self) -> Decimal:
        """Revenue less the provider's cost, in cents; cost without delivery is not subtracted."""
        return self.revenue - Decimal(self.cost) / MICROS

    @property
    def share(self) -> Fraction | None:
        """The margin as a fraction of the revenue; None without revenue."""
        return Fraction(self.margin) / Fraction(self.revenue) if self.revenue > 0 else None


def by_day_and_model(since: dt.date, until: dt.date) -> list[Cost]:
    """Return every day and model with revenue or cost before `until`, oldest first."""
    cells = while_unchanged(lambda closed: _cells(since, until, closed))
    labels = dict(ImageModel.objects.values_list("slug", "label"))
    return [
        Cost(day, model, labels.get(model, "No model"), *cells[day, model]) for day, model in sorted(cells)
    ]


def by_model(rows: Iterable[Cost]) -> list[Cost]:
    """Sum over days, the model with the most revenue first."""
    return sorted(_grouped(rows, lambda row: row.model), key=lambda row: (-row.revenue, row.model))


def by_day(rows: Iterable[Cost]) -> list[Cost]:
    """Sum over models, the oldest day first."""
    return sorted(_grouped(rows, lambda row: row.day), key=lambda row: row.day)


def total(rows: Iterable[Cost]) -> Cost | None:
    """Sum everything up; None if there is nothing."""
    return next(iter(_grouped(rows, lambda _: None)), None)


def _cells(since: dt.date, until: dt.date, closed: ClosedDay | None) -> dict[Key, Figures]:
    """Return images, revenue, cost and loss by day and model: of closed days as they were summed, of others as they are."""
    rows = DailyCost.objects.filter(day__gte=since, day__lt=until)
    cells = {(row.day, row.model_slug): (row.images, row.revenue, row.cost, row.lost) for row in rows}
    begins = max(since, first_open(closed) or since)
    if begins < until:
        for day, model, images, earned in closing.delivered(closed, begins, until):
            cells[day, model] = (int(images), Decimal(earned), 0, 0)
        for day, model, cost, lost in closing.spent(begins, until):
            images, earned, *_ = cells.get((day, model), (0, Decimal(0), 0, 0))
            cells[day, model] = (images, earned, cost, lost)
    return {key: figures for key, figures in cells.items() if any(figures)}


def _grouped(rows: Iterable[Cost], key: Callable[[Cost], object]) -> list[Cost]:
    groups: dict[object, list[Cost]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [_sum(group) for group in groups.values()]


def _sum(rows: list[Cost]) -> Cost:
    same = len({row.model for row in rows}) == 1
    return Cost(
        day=min(row.day for row in rows),
        model=rows[0].model if same else "",
        label=rows[0].label if same else "All models",
        images=sum(row.images for row in rows),
        revenue=sum((row.revenue for row in rows), Decimal(0)),
        cost=sum(row.cost for row in rows),
        lost=sum(row.lost for row in rows),
    )
