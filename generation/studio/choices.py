"""What each model lets a person choose, and what each choice costs."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import Refusal
from generation.catalog.parameters import ImageParameters
from generation.catalog.prices import Price
from generation.models import ImageModel
from generation.orders import pricing
from generation.orders.order import Order

ANY_WORDS = "-"
"""Stands in for a prompt while there is none: no price depends on it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a control.

    Attributes:
        value: as the form sends it.
        label: as people read it.
        chosen: whether it is selected.
        credits: what an image costs with it; None if that is not shown.
        width: for a shape, the width of an example in pixels; 0 if there is none.
        height: likewise.
        possible: whether it is compatible with the other choices.
    """

    value: str
    label: str
    chosen: bool = False
    credits: int | None = None
    width: int = 0
    height: int = 0
    possible: bool = True


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """A model in the menu: the least that an image of it costs, and whether some cost more."""

    model: ImageModel
    credits: int
    varies: bool
    chosen: bool


def quality_label(quality: str) -> str:
    """Word a quality for people."""
    return "Extra high" if quality == "xhigh" else quality.capitalize()


def _pixels(size: str) -> str:
    return size.replace("x", " \N{MULTIPLICATION SIGN} ")


def format_label(output_format: str) -> str:
    """Word a file format for people."""
    return "WebP" if output_format == "webp" else output_format.upper()


def model_offer(
    model: ImageModel, prices: Mapping[str, Price], chosen: ImageModel | None = None
) -> ModelOffer:
    """Describe a model with the least that an image of its first size costs at a tier's prices."""
    each = [
        credits
        for quality in model.qualities or [""]
        if (credits := image_price(model, _simplest(model, quality), prices))
    ]
    return ModelOffer(model, min(each, default=0), len(set(each)) > 1, model == chosen)


def _simplest(model: ImageModel, quality: str) -> Order:
    return Order(ANY_WORDS, model.slug, parameters=ImageParameters(size=model.default_size, quality=quality))


def image_price(model: ImageModel, order: Order, prices: Mapping[str, Price]) -> int | None:
    """Compute the credits for an image of an order; None if it can't be had."""
    try:
        return pricing.quote(model, order, prices).per_image
    except Refusal:
        return None
