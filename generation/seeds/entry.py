"""Entries of the seeded catalog."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from generation.catalog.provider_costs import ExpectedCostRates
from generation.models import ExpectedCost, ImageModel, ModelPrice, Unit, UnitCost
from generation.models.size_class import CLASSES


@dataclass(frozen=True, slots=True)
class ModelSeed:
    """A model of a new installation.

    Attributes:
        row: fields of `ImageModel`.
        prices: by quality, credits for an image in each size class, or for a megapixel alone.
        price: the other fields of its price rows.
        expected: by quality, what an image costs us in each size class, in micro-dollars.
        costs: its provider's prices, in micro-dollars for a million units.
    """

    row: dict[str, Any]
    prices: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    price: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, list[ExpectedCostRates]] = field(default_factory=dict)
    costs: dict[Unit, int] = field(default_factory=dict)

    def add(self) -> bool:
        """Write it, unless the model exists already and so belongs to the operators.

        Returns:
            Whether it was written.
        """
        model, added = ImageModel.objects.get_or_create(slug=self.row["slug"], defaults=self.row)
        if added:
            ModelPrice.objects.bulk_create(
                ModelPrice(model=model, quality=quality, credits=credits, steps=steps, **self.price)
                for quality, (credits, *steps) in self.prices.items()
            )
            ExpectedCost.objects.bulk_create(
                ExpectedCost(
                    model=model,
                    quality=quality,
                    pixels=pixels,
                    cost=one.image,
                    edit_cost=one.edit,
                    reference_cost=one.reference,
                )
                for quality, known in self.expected.items()
                for pixels, one in zip(CLASSES, known, strict=True)
            )
            UnitCost.objects.bulk_create(
                UnitCost(model=model, unit=unit, cost=cost) for unit, cost in self.costs.items()
            )
        return added


def day(year: int, month: int, day: int) -> datetime:
    """Return the moment at which a day begins."""
    return datetime(year, month, day, tzinfo=UTC)
