"""What an order costs. In words and tables: docs/pricing.md. This is the only place that computes a price."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from generation import sizes
from generation.errors import ModelUnavailable
from generation.models import ImageModel
from generation.order import AUTO, Order
from generation.sizes import LARGE_PIXELS, MEGAPIXEL


@dataclass(frozen=True, slots=True)
class Price:
    """A row of the price table, frozen: credits for one image of a model at a quality.

    Attributes:
        credits: for one image up to one unit of size.
        large_factor: times that from 2048x2048 pixels on; unused where the price is per megapixel.
        per_megapixel: `credits` are for each megapixel (1024x1024) begun.
        edit_surcharge: credits more for an image made from references.
        free_references: so many references cost nothing.
        references_per_credit: of the others, so many cost a credit.
    """

    credits: int
    large_factor: int = 2
    per_megapixel: bool = False
    edit_surcharge: int = 0
    free_references: int = 1
    references_per_credit: int = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One reason for credits, for one image."""

    label: str
    credits: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of an order, in credits: `credits` in all is `per_image`, the sum of the lines, times `images`."""

    credits: int
    per_image: int
    images: int
    lines: tuple[Line, ...]

    def as_json(self) -> dict[str, Any]:
        """As it is frozen on a generation."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The quote that `as_json` wrote."""
        lines = tuple(Line(**line) for line in value["lines"])
        return cls(**{**value, "lines": lines})


FREE = "Test token: sandbox images cost nothing"


def quote(model: ImageModel, order: Order, prices: Mapping[str, Price]) -> Quote:
    """The price of an order.

    Args:
        model: the model that will run it; its default quality stands for `auto`.
        order: what is asked for; a size of `auto`, where the model chooses it, counts as one unit, a mask is free.
        prices: the model's prices by quality, of the workspace's tier; "" is the key of a model without qualities.

    Raises:
        InvalidOrder: the size is not a size.
        ModelUnavailable: nobody has set a price, so it can't be sold.
    """
    quality = model.default_quality if order.quality == AUTO else order.quality
    price = prices.get(quality)
    if price is None:
        raise ModelUnavailable(
            "This model has no price at that quality yet. Nothing was charged; choose another quality or model.",
            param="quality",
        )
    lines = [Line(f"Image, {quality} quality" if quality else "Image", price.credits)]
    size = sizes.parse(order.size)
    if size and price.per_megapixel and (units := -(-size.pixels // MEGAPIXEL)) > 1:
        lines.append(Line(f"{units} megapixels", price.credits * (units - 1)))
    elif size and not price.per_megapixel and price.large_factor > 1 and size.pixels >= LARGE_PIXELS:
        lines.append(Line("2048x2048 or larger", price.credits * (price.large_factor - 1)))
    if order.references and price.edit_surcharge:
        lines.append(Line("Made from references", price.edit_surcharge))
    if (further := len(order.references) - price.free_references) > 0:
        label = "1 more reference" if further == 1 else f"{further} more references"
        lines.append(Line(label, -(-further // price.references_per_credit)))
    per_image = sum(line.credits for line in lines)
    return Quote(per_image * order.n, per_image, order.n, tuple(lines))


def free(paid: Quote) -> Quote:
    """The same order for a test token: nothing."""
    return Quote(0, 0, paid.images, (Line(FREE, 0),))
