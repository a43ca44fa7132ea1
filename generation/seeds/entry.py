"""What a model of the seeded catalogue is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from generation.models import Unit


@dataclass(frozen=True, slots=True)
class Entry:
    """A model: its row, its prices as quality to (credits, expected cost in micro-dollars), its providers' prices."""

    row: dict[str, Any]
    prices: dict[str, tuple[int, int]] = field(default_factory=dict)
    price: dict[str, Any] = field(default_factory=dict)
    costs: dict[Unit, int] = field(default_factory=dict)


def day(year: int, month: int, day: int) -> datetime:
    """The moment at which a day begins."""
    return datetime(year, month, day, tzinfo=UTC)
