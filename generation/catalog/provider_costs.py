"""What providers charge us: by what they count or, where they don't report it, by expectation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from django.db import connection

from generation.models import Unit

MILLION = 1_000_000
_READ = """
    SELECT model_id, unit, NULL, cost, 0, 0 FROM generation_unitcost
    UNION ALL SELECT model_id, quality, pixels, cost, edit_cost, reference_cost FROM generation_expectedcost
"""


class ExpectedCostRates(NamedTuple):
    """What an image costs us, in micro-dollars: more if it has references, and for each of them."""

    image: int
    edit: int = 0
    reference: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs that operators maintain.

    Attributes:
        units: micro-dollars per million units, by model and unit.
        expected: of one image, by model and quality, then by the most pixels of a size class.
    """

    units: Mapping[str, Mapping[str, int]]
    expected: Mapping[tuple[str, str], Mapping[int, ExpectedCostRates]]

    @classmethod
    def read(cls) -> Self:
        """Read all costs in one query."""
        units: dict[str, dict[str, int]] = {}
        expected: dict[tuple[str, str], dict[int, ExpectedCostRates]] = {}
        with connection.cursor() as cursor:
            cursor.execute(_READ)
            for model, name, pixels, *costs in cursor.fetchall():
                if pixels is None:
                    units.setdefault(model, {})[name] = costs[0]
                else:
                    expected.setdefault((model, name), {})[pixels] = ExpectedCostRates(*costs)
        return cls(units, expected)

    def cost_of(self, model: str, counted: Mapping[Unit, int]) -> int | None:
        """Return what a call costs in micro-dollars, rounded up; None if nothing counted has a price."""
        rates = {**self.units.get(model, {})}
        if Unit.MEGAPIXEL in rates:
            rates.setdefault(Unit.FIRST_MEGAPIXEL, rates[Unit.MEGAPIXEL])
        priced = [count * rates[unit] for unit, count in counted.items() if unit in rates]
        return -(-sum(priced) // MILLION) if priced else None

    def at_most(self, model: str, quality: str, pixels: int | None = None, references: int = 0) -> int:
        """Return the expected cost of a call in micro-dollars; 0 if none is known.

        Args:
            model: the public id.
            quality: as ordered.
            pixels: of the image; None where the model chooses, which counts as the first size class.
            references: how many are sent.
        """
        known = self.expected.get((model, quality))
        if not known:
            return 0
        fitting = [most for most in known if most >= (pixels or 0)]
        one = known[min(fitting) if fitting else max(known)]
        return one.image + (one.edit + references * one.reference if references else 0)
