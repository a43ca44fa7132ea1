"""Prices of orders, explained in words and tables in docs/pricing.md. Nothing else computes a price."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from generation.catalog import sizes
from generation.catalog.prices import Price
from generation.catalog.sizes import AUTO
from generation.errors import ModelUnavailable
from generation.models import ImageModel, size_class
from generation.models.size_class import CLASSES
from generation.orders.order import Order


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One item of a price, per image."""

    label: str
    credits: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of an order in credits: `credits` is `per_image`, the sum of the lines, times `images`."""

    credits: int
    per_image: int
    images: int
    lines: tuple[PriceLine, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the quote as it is frozen on a generation."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Restore the quote that `as_json` wrote."""
        lines = tuple(PriceLine(**line) for line in value["lines"])
        return cls(**{**value, "lines": lines})


def quote(model: ImageModel, order: Order, prices: Mapping[str, Price]) -> Quote:
    """Compute the price of an order.

    Args:
        model: the model that will run it; its default quality stands for `auto`.
        order: what is asked for; a size of `auto`, where the model chooses it, counts as one unit, a mask is free.
        prices: the model's prices by quality, of the workspace's tier; "" is the key of a model without qualities.

    Raises:
        InvalidOrder: the size is not a size.
        ModelUnavailable: nobody has set a price, so it can't be sold.
    """
    parameters = order.parameters
    quality = model.default_quality if parameters.quality == AUTO else parameters.quality
    price = prices.get(quality)
    if price is None:
        raise ModelUnavailable(
            "This model has no price at that quality yet. Nothing was charged; choose another quality or model.",
            param="quality",
        )
    lines = [PriceLine(f"Image, {quality} quality" if quality else "Image", price.credits)]
    if size := parameters.pixels:
        lines += _for_size(price, size.pixels)
    lines += _for_references(price, len(order.references))
    per_image = sum(line.credits for line in lines)
    return Quote(per_image * order.n, per_image, order.n, tuple(lines))


def _for_size(price: Price, pixels: int) -> list[PriceLine]:
    if price.per_megapixel:
        units = sizes.megapixels(pixels)
        return [PriceLine(f"{units} megapixels", price.credits * (units - 1))] if units > 1 else []
    number = size_class.size_class(pixels)
    more = price.by_size()[number] - price.credits
    return [PriceLine(f"Up to {CLASSES[number] / 1_000_000:.1f} megapixels", more)] if more else []


def _for_references(price: Price, count: int) -> list[PriceLine]:
    if not count:
        return []
    lines = [PriceLine("Made from references", price.edit_surcharge)] if price.edit_surcharge else []
    if (further := count - price.free_references) > 0:
        kind = "more reference" if price.free_references else "reference"
        groups = -(-further // price.references_per_credit)
        lines.append(
            PriceLine(f"{further} {kind}{'' if further == 1 else 's'}", groups * price.reference_credits)
        )
    return lines
