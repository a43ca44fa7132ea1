"""The fields of the composer before they become an order."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from django.http import QueryDict

from core import ids
from core.inputs import parsing
from generation.catalog import sizes
from generation.catalog.parameters import (
    DEFAULTS,
    IN_STUDIO,
    PARAMETERS,
    TRANSPARENT,
    WITH_ALPHA,
    ImageParameters,
    style_defaults,
)
from generation.catalog.sizes import CUSTOM, group, shape_of
from generation.errors import InvalidOrder
from generation.models import Generation, ImageModel, StyleVersion
from generation.orders.order import Order, check_length
from generation.styles import template
from generation.styles.authoring import MAX_SLOTS

MAX_TEXT = 200
"""Characters of any field that names something."""
MAX_REFERENCES = 16
MAX_IMAGES = 4
"""The composer's limit; the API takes more if the tier does."""

FIRST = "1024x1024"
"""The first value of a custom size if there was no size before."""
FIELDS = ("prompt", "model", "shape", "n", "style", "style_was", "mask")
SLOT = "slot-"
"""Prefix of the fields of a style's placeholders."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The composer's fields as received, not yet validated; `references` and `mask` are public ids.

    `parameters` are those of `IN_STUDIO` as the form's texts, by name; one that is missing or empty is the
    default. `style` is a public id; `style_was` is the style whose defaults the other fields already have.
    `values` fill in the style's placeholders. `version` pins one of its versions, to make exactly the same
    again.
    """

    prompt: str = ""
    model: str = ""
    shape: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    n: str = str(MAX_IMAGES)
    references: tuple[str, ...] = ()
    mask: str = ""
    style: str = ""
    style_was: str = ""
    values: tuple[tuple[str, str], ...] = ()
    version: str = ""

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        """Read the fields of a form; missing ones keep their defaults."""
        return cls().changed(form)

    def changed(self, form: QueryDict) -> Self:
        """Return a copy with the values that a form or a query string gives."""
        given: dict[str, Any] = {name: str(form[name]) for name in FIELDS if name in form}
        parameters = {name: str(form[name]) for name in IN_STUDIO if name in form}
        # Browsers send line ends as two characters, which would make the same words another prompt.
        if "prompt" in given:
            given["prompt"] = given["prompt"].replace("\r\n", "\n")
        if "reference" in form:
            given["references"] = tuple(form.getlist("reference"))
            # The mask belonged to another image.
            given.setdefault("mask", "")
        if given.get("shape", self.shape) == CUSTOM and "width" in form and "height" in form:
            parameters["size"] = f"{form['width']}x{form['height']}"
        if values := tuple(
            (name.removeprefix(SLOT), str(form[name])) for name in form if name.startswith(SLOT)
        ):
            given["values"] = values
        return replace(self, **given).with_parameters(**parameters)

    @classmethod
    def from_generation(cls, generation: Generation) -> Self:
        """Build the draft that would order a generation again."""
        stored = ImageParameters.stored(generation).values()
        parameters = {name: "" if stored[name] is None else str(stored[name]) for name in IN_STUDIO}
        return cls(
            prompt=generation.prompt,
            model=generation.requested_model,
            shape=shape_of(parameters["size"]),
            parameters=parameters,
            n=str(generation.count),
            references=tuple(ids.public("rfe", one) for one in generation.own_references),
            mask=ids.public("rfe", generation.mask) if generation.mask else "",
            values=tuple(generation.style_values.items()),
            version=generation.style_version_id.hex if generation.style_version_id else "",
        )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the draft that `as_json` wrote."""
        values = tuple((name, words) for name, words in value.get("values", ()))
        known = {name: said for name, said in value.items() if name not in PARAMETERS}
        parameters = {name: value[name] for name in IN_STUDIO if name in value}
        return cls(**{**known, "references": tuple(value["references"]), "values": values}).with_parameters(
            **parameters
        )

    def as_json(self) -> dict[str, Any]:
        """Return the draft as a session keeps it."""
        fields = asdict(self)
        return {**fields.pop("parameters"), **fields}

    def check_size(self) -> None:
        """Refuse a draft that is larger than any order can be, before it is kept.

        Raises:
            InvalidOrder: the prompt is too long, or another field holds what no order has.
        """
        check_length(self.prompt)
        texts = [self.model, self.shape, self.n, self.style, self.style_was, self.mask, self.version]
        texts += [*self.parameters.values(), *self.references, *(name for name, _ in self.values)]
        words = [said for _, said in self.values]
        if (
            len(self.references) > MAX_REFERENCES
            or len(self.values) > MAX_SLOTS
            or any(len(text) > MAX_TEXT for text in texts)
            or any(len(said) > template.MAX_VALUE for said in words)
        ):
            raise InvalidOrder("This form holds more than an order can. Nothing was charged.", param="form")

    def settings_only(self) -> Self:
        """Return a copy with the same settings, but without prompt and references."""
        return replace(self, prompt="", references=(), mask="")

    def order(self) -> Order:
        """Build the order from the fields; `order.check` decides whether a model can make it.

        Raises:
            InvalidOrder: a field holds a value that is not of its kind.
        """
        n = parsing.number(self.n.strip(), least=-parsing.MOST)
        if n is None:
            raise InvalidOrder("The number of images must be a whole number.", param="n")
        return Order(
            prompt=self.prompt,
            model=self.model,
            n=n,
            parameters=ImageParameters.read(self.parameters),
            # A malformed id is treated like one that nobody has: it is refused by the same sentence.
            references=tuple(ids.parse("rfe", one) or ids.NOBODY for one in self.references),
            mask=(ids.parse("rfe", self.mask) or ids.NOBODY) if self.mask else None,
            style=(ids.parse("sty", self.style) or ids.NOBODY) if self.style else None,
            style_version=uuid.UUID(self.version) if self.version else None,
            # Fields of a style that was taken away meanwhile may still be sent.
            style_values=tuple((name, words) for name, words in self.values if words.strip())
            if self.style or self.version
            else (),
        )

    def styled(self, version: StyleVersion | None) -> Self:
        """Return a copy in the style of a version, as that style is now; the other fields stay as chosen then."""
        style = ids.public("sty", version.style_id) if version else ""
        return replace(self, style=style, style_was=style, version="")

    def restyled(self, version: StyleVersion | None) -> Self:
        """Return a copy with the defaults of a newly chosen style, and only the values that it has placeholders for."""
        if version is None:
            return replace(self, style_was=self.style, values=())
        kept: dict[str, Any] = {"model": version.model} if version.model else {}
        parameters = style_defaults(version)
        if "size" in parameters:
            kept["shape"] = shape_of(parameters["size"])
        names = template.slots(version.template)
        values = tuple((name, words) for name, words in self.values if name in names)
        return replace(self, style_was=self.style, values=values, **kept).with_parameters(**parameters)

    def settled(self, model: ImageModel) -> Self:
        """Return a copy whose shape and size agree: where they differ, the shape was changed last."""
        known = group(model.sizes)
        if self.shape in known and self.size not in known[self.shape] and not self._names_a_size(model):
            return self.with_parameters(size=known[self.shape][0])
        return replace(self, shape=shape_of(self.size) if self.size else self.shape)

    def fitted(self, model: ImageModel, most: int) -> Self:
        """Return the nearest that `model` can make, so that changing the model never leads to a refusal.

        Args:
            model: the chosen model.
            most: images that model and tier allow at once.
        """
        fitting = {
            name: PARAMETERS[name].nearest(self.parameters.get(name, ""), DEFAULTS[name], model)
            for name in IN_STUDIO
        }
        if fitting["background"] == TRANSPARENT and fitting["output_format"] not in WITH_ALPHA:
            fitting["output_format"] = next(
                (one for one in model.formats if one in WITH_ALPHA), fitting["output_format"]
            )
        if fitting["quality"] not in model.qualities:
            fitting["quality"] = model.default_quality
        shape, fitting["size"] = self._fitted_size(model)
        n = parsing.number(self.n)
        return replace(
            self,
            model=model.slug,
            shape=shape,
            parameters=fitting,
            n=str(min(max(1, MAX_IMAGES if n is None else n), most)),
        )

    @property
    def size(self) -> str:
        """The size as text; empty if none was chosen yet."""
        return self.parameters.get("size", "")

    def with_parameters(self, **parameters: str) -> Self:
        """Return a copy with other texts for these parameters."""
        return replace(self, parameters={**self.parameters, **parameters})

    def _fitted_size(self, model: ImageModel) -> tuple[str, str]:
        known = group(model.sizes)
        if model.custom_sizes and self.shape == CUSTOM:
            return CUSTOM, self.size if "x" in self.size else FIRST
        if self._names_a_size(model):
            return CUSTOM, self.size
        shape = self.shape if self.shape in known else _nearest(self.shape, list(known))
        return shape, self.size if self.size in known[shape] else known[shape][0]

    def _names_a_size(self, model: ImageModel) -> bool:
        """Return whether the size is a deliberate one outside the model's list that the model can make."""
        if not model.custom_sizes or self.size in model.sizes or shape_of(self.size) != self.shape:
            return False
        try:
            size = sizes.parse(self.size)
            if size:
                sizes.check_custom(size)
        except InvalidOrder:
            return False
        return size is not None


def _nearest(shape: str, known: list[str]) -> str:
    """Return the known shape closest to `shape`; a square if there is nothing to compare."""
    wanted = _ratio(shape) or 1.0
    measured = [(abs(ratio - wanted), name) for name in known if (ratio := _ratio(name))]
    return min(measured)[1] if measured else known[0]


def _ratio(shape: str) -> float | None:
    width, _, height = shape.partition(":")
    wide, high = parsing.number(width), parsing.number(height, least=1)
    return None if wide is None or high is None else wide / high
