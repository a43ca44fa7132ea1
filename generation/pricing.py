"""Prices of orders, explained in words and tables in docs/pricing.md. Nothing else computes a price."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import accumulate, repeat
from typing import Any, Self

from generation import sizes
from generation.errors import ModelUnavailable
from generation.models import ImageModel
from generation.order import Order
from generation.sizes import AUTO, CLASSES


@dataclass(frozen=True, slots=True)
class Price:
    """A row of the price table, frozen: credits for one image of a model at a quality.

    Attributes:
        credits: for one image in the first size class, or for a megapixel.
        steps: for one image in each further size class (`sizes.CLASSES`); empty if all sizes cost the same.
        per_megapixel: whether `credits` are for each megapixel (1024x1024) begun.
        edit_surcharge: extra credits for an image made from references.
        free_references: number of references that cost nothing extra.
        references_per_credit: of the others, so many together cost `reference_credits`.
        reference_credits: what they cost.
    """

    credits: int
    steps: tuple[int, ...] = ()
    per_megapixel: bool = False
    edit_surcharge: int = 0
    free_references: int = 1
    references_per_credit: int = 2
    reference_credits: int = 1

    def by_size(self) -> list[int]:
        """Return credits per image by size class, never falling; a missing step repeats the one before."""
        given = (self.credits, *self.steps, *repeat(0, len(CLASSES)))
        return list(accumulate(given[: len(CLASSES)], max))


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


FREE = "Test token: sandbox images cost nothing"


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
    number = sizes.class_of(pixels)
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


def free(paid: Quote) -> Quote:
    """Return the quote of the same order for a test token: nothing."""
    return Quote(0, 0, paid.images, (PriceLine(FREE, 0),))
