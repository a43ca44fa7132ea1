"""Check of whether a price covers the cost of its images, at every size and with any number of references."""

from collections.abc import Iterator
from dataclasses import dataclass

from billing.models import PricingTier
from core import ids
from generation.catalog import cache
from generation.catalog.cache import Catalog
from generation.catalog.parameters import ImageParameters
from generation.catalog.prices import Price
from generation.catalog.sizes import EXAMPLES, Size
from generation.models import ImageModel
from generation.orders import previews, pricing
from generation.orders.order import Order

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
        """Whether it brings in less than it costs, at the list price of the smallest pack."""
        return self.is_below(NET)

    def is_below(self, net: int) -> bool:
        """Return whether it brings in less than it costs where a credit brings `net` micro-dollars."""
        return self.credits * net < self.cost


def sales(known: Catalog, model: ImageModel, quality: str, price: Price) -> Iterator[Sale]:
    """Yield every kind of image that a price is for, with Studio's previews if the model has them."""
    for size in EXAMPLES:
        for count in range(model.max_references + 1):
            parameters = ImageParameters(size=str(size), quality=quality)
            order = Order("x", model.slug, parameters=parameters, references=(ids.NOBODY,) * count)
            credits = pricing.quote(model, order, {quality: price}).credits
            cost = known.costs.at_most(model.slug, quality, size.pixels, count)
            shown = previews.previews_for(credits, count) if model.supports_streaming else 0
            yield Sale(size, count, credits, cost + shown * previews.COST)


def below_cost(known: Catalog, model: ImageModel, quality: str, price: Price, net: int = NET) -> Sale | None:
    """Return the sale that loses most, if there is any that a price row makes below its cost; None if none is known."""
    if (model.slug, quality) not in known.costs.expected:
        return None
    low = [one for one in sales(known, model, quality, price) if one.is_below(net)]
    return max(low, key=lambda one: one.cost - one.credits * net, default=None)


def below_cost_at(net: int, tier: str | None) -> list[str]:
    """Name what would sell below its cost where a credit brings `net`, at a tier's prices or, without one, those listed."""
    known = cache.load()
    of = known.tiers.get(tier or "") or PricingTier(slug="")
    return [
        f"{model.label}{f' at {quality}' if quality else ''}"
        for model in known.offered()
        for quality, price in known.prices_of(model, of).items()
        if below_cost(known, model, quality, price, net)
    ]
