"""What stands in the composer before it is an order."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from django.http import QueryDict

from accounts import ids
from generation.errors import InvalidOrder
from generation.models import Generation, ImageModel
from generation.order import AUTO, TRANSPARENT, WITH_ALPHA, Order
from generation.shapes import group, shape_of

MOST_IMAGES = 4
"""What the composer offers; the API takes more where the tier does."""

FIELDS = ("prompt", "model", "shape", "size", "quality", "n", "background", "output_format")


@dataclass(frozen=True, slots=True)
class Draft:
    """The composer's fields as they came, not yet judged; `references` are public ids."""

    prompt: str = ""
    model: str = ""
    shape: str = ""
    size: str = ""
    quality: str = ""
    n: str = str(MOST_IMAGES)
    background: str = AUTO
    output_format: str = "png"
    references: tuple[str, ...] = ()

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        """The fields of a form; what is missing keeps its default."""
        return cls().changed(form)

    def changed(self, form: QueryDict) -> Self:
        """The same with what a form or an address says instead."""
        given: dict[str, Any] = {name: str(form[name]) for name in FIELDS if name in form}
        # Browsers send line ends as two characters, which would make another prompt of the same words.
        if "prompt" in given:
            given["prompt"] = given["prompt"].replace("\r\n", "\n")
        if "reference" in form:
            given["references"] = tuple(form.getlist("reference"))
        return replace(self, **given)

    @classmethod
    def of(cls, generation: Generation) -> Self:
        """What would order the same again."""
        size = f"{generation.width}x{generation.height}" if generation.width else AUTO
        return cls(
            prompt=generation.prompt,
            model=generation.requested_model,
            shape=shape_of(size),
            size=size,
            quality=generation.quality,
            n=str(generation.count),
            background=generation.background,
            output_format=generation.output_format,
            references=tuple(ids.public("rfe", one) for one in generation.references),
        )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The draft that `as_json` wrote."""
        return cls(**{**value, "references": tuple(value["references"])})

    def as_json(self) -> dict[str, Any]:
        """As a session keeps it."""
        return asdict(self)

    def settings_only(self) -> Self:
        """The same choices for other words."""
        return replace(self, prompt="", references=())

    def order(self) -> Order:
        """The order that the fields make; whether a model can do it is for `order.check`.

        Raises:
            InvalidOrder: a field holds what is no value of its kind at all.
        """
        try:
            n = int(self.n)
        except ValueError:
            raise InvalidOrder("The number of images must be a whole number.", param="n") from None
        return Order(
            prompt=self.prompt,
            model=self.model,
            n=n,
            size=self.size or AUTO,
            quality=self.quality or AUTO,
            background=self.background,
            output_format=self.output_format,
            # An id that is no id at all is one that nobody has: it is refused by the same sentence.
            references=tuple(ids.parse("rfe", one) or uuid.UUID(int=0) for one in self.references),
        )

    def settled(self, model: ImageModel) -> Self:
        """The same with shape and size in agreement: where they differ, the shape was touched last."""
        known = group(model.sizes)
        if self.shape in known and self.size not in known[self.shape]:
            return replace(self, size=known[self.shape][0])
        return replace(self, shape=shape_of(self.size) if self.size else self.shape)

    def fitted(self, model: ImageModel, most: int) -> Self:
        """The nearest that `model` can do, so that changing the model never leads into a refusal.

        Args:
            model: the model chosen.
            most: images that model and tier allow at once.
        """
        background = self.background if self.background in model.backgrounds else AUTO
        output_format = (
            self.output_format if self.output_format in model.formats else next(iter(model.formats), "png")
        )
        if background == TRANSPARENT and output_format not in WITH_ALPHA:
            output_format = next((one for one in model.formats if one in WITH_ALPHA), output_format)
        known = group(model.sizes)
        shape = self.shape if self.shape in known else _nearest(self.shape, list(known))
        size = self.size if self.size in known[shape] else known[shape][0]
        n = int(self.n) if self.n.isascii() and self.n.isdigit() else MOST_IMAGES
        return replace(
            self,
            model=model.slug,
            shape=shape,
            size=size,
            quality=self.quality if self.quality in model.qualities else model.default_quality,
            n=str(min(max(1, n), most)),
            background=background,
            output_format=output_format,
        )


def _nearest(shape: str, known: list[str]) -> str:
    """The known shape that looks most like `shape`; a square where there is nothing to go by."""
    wanted = _ratio(shape) or 1.0
    measured = [(abs(ratio - wanted), name) for name in known if (ratio := _ratio(name))]
    return min(measured)[1] if measured else known[0]


def _ratio(shape: str) -> float | None:
    width, colon, height = shape.partition(":")
    if not colon or not (width.isdigit() and height.isdigit()) or int(height) == 0:
        return None
    return int(width) / int(height)
