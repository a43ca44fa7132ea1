"""Check of whether a price covers the cost of its images, at every size and with any number of references."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts import ids
from generation import previews, pricing
from generation.catalogue import Catalogue
from generation.models import ImageModel
from generation.order import Order
from generation.parameters import ImageParameters
from generation.pricing import Price
from generation.sizes import EXAMPLES, Size

NET = 23_500
"""Micro-dollars that a credit brings in at least: the list price of the smallest pack after card fees."""


@dataclass(frozen=True, slots=True)
class Sale:
    """One image of a size class with so many references: credits, and micro-dollars of cost at most."""

    size: Size
    references: int
    credits: int
    cost: int

    @property
    def is_below_cost(self) -> bool:
        """Whether it brings in less than it costs."""
        return self.credits * NET < self.cost


def sales(known: Catalogue, model: ImageModel, quality: str, price: Price) -> Iterator[Sale]:
    """Yield every kind of image that a price is for, with Studio's previews if the model has them."""
    for size in EXAMPLES:
        for count in range(model.max_references + 1):
            parameters = ImageParameters(size=str(size), quality=quality)
            order = Order("x", model.slug, parameters=parameters, references=(ids.NOBODY,) * count)
            credits = pricing.quote(model, order, {quality: price}).credits
            cost = known.costs.at_most(model.slug, quality, size.pixels, count)
            shown = previews.of(credits, count) if model.supports_streaming else 0
            yield Sale(size, count, credits, cost + shown * previews.COST)
