"""The parameters of an image: everything that is asked of it besides its words and its input images.

`ImageParameters` declares each of them once. Whatever reads parameters, checks them, stores them, shows them or
passes them on goes by that declaration, so that a new one is a field here, a column of `Generation` and a line in
the adapters that send it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Final, Self, get_type_hints

from core.inputs import parsing
from generation.catalog import sizes
from generation.catalog.sizes import AUTO, Size
from generation.errors import InvalidOrder
from generation.models import Generation, ImageModel

TRANSPARENT: Final = "transparent"
WITH_ALPHA: Final = frozenset({"png", "webp"})
COMPRESSED: Final = frozenset({"jpeg", "webp"})
SEEDS: Final = 2**32
"""How many there are; behind the last comes 0."""
NO_COMPRESSION: Final = 100
"""OpenAI's default, which its clients send with a PNG, too: there it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A parameter whose values are words.

    Attributes:
        longest: the most characters that the API accepts.
        offered: the field of `ImageModel` that lists the values a model accepts; empty if `checked` has a rule.
        synonyms: other names of values, allowed in tables.
        in_studio: whether people choose it, in Studio and in the tables of batches.
        in_batches: whether the API accepts it for batches.
        description: for the API's reference.
    """

    longest: int
    offered: str = ""
    synonyms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    in_studio: bool = False
    in_batches: bool = False
    description: str = ""

    def read(self, name: str, text: str) -> str:
        """Return the value of a form's text."""
        return text

    def from_cell(self, text: str) -> str:
        """Return a table cell's text as a form would have it."""
        word = text.strip().lower()
        return self.synonyms.get(word, word)

    def check(self, name: str, value: str, model: ImageModel) -> None:
        """Refuse a value that the model does not list.

        Raises:
            InvalidOrder: the message lists what the model can do.
        """
        if self.offered and value not in (listed := getattr(model, self.offered)):
            raise not_offered(name, model, listed)

    def nearest(self, text: str, default: str, model: ImageModel) -> str:
        """Return a form's text, or a replacement if the model does not list it."""
        text, listed = text or default, getattr(model, self.offered, ())
        if not self.offered or text in listed:
            return text
        return default if default == AUTO else next(iter(listed), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """A parameter whose values are whole numbers; None if it is not given.

    Attributes:
        label: its name at the beginning of a refusal.
        least: the smallest value allowed.
        most: the largest value allowed.
        offered: the field of `ImageModel` that says whether a model has it; empty if every model does.
        in_studio, in_batches, description: as in `Text`.
    """

    label: str
    least: int
    most: int
    offered: str = ""
    in_studio: bool = False
    in_batches: bool = False
    description: str = ""

    def read(self, name: str, text: str) -> int:
        """Return the number in a form's text.

        Raises:
            InvalidOrder: it is not a whole number.
        """
        found = parsing.number(text.strip(), least=-parsing.FAR, most=parsing.FAR)
        if found is None:
            raise InvalidOrder(f"{self.label} must be a whole number.", param=name)
        return found

    def from_cell(self, text: str) -> str:
        """Return a table cell's text as a form would have it."""
        return text.strip()

    def check(self, name: str, value: int | None, model: ImageModel) -> None:
        """Refuse a number that the model doesn't have, or that is out of range.

        Raises:
            InvalidOrder: the message says so, or the range.
        """
        if value is None:
            return
        if self.offered and not getattr(model, self.offered):
            raise InvalidOrder(
                f"{model.label} has no {name.replace('_', ' ')}: leave it out, or choose a model that has one.",
                param=name,
            )
        if not self.least <= value <= self.most:
            raise InvalidOrder(f"{self.label} must be from {self.least:,} to {self.most:,}.", param=name)

    def nearest(self, text: str, default: Any, model: ImageModel) -> str:
        """Return a form's text; none for a model that doesn't have it."""
        return text if not self.offered or getattr(model, self.offered) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageParameters:
    """What an image should be: built once when an order comes in, and passed on whole to the provider's call.

    Each parameter has the name that the API uses, and `Generation` has a column of that name; only the size is
    stored as width and height.

    Attributes:
        size: `WxH` in pixels, or `auto` for the model's choice or, if it makes none, its default.
        quality: one of the model's, or `auto` for its default; empty for a model without qualities.
        background: `auto`, `opaque` or `transparent`.
        output_format: one of the model's: `png`, `jpeg`, `webp`.
        output_compression: 0 to 100, for jpeg and webp only; with others, 100 is like nothing.
        moderation: `auto` or `low`, as the provider calls its own checks.
        seed: of the first image, for models that have one; each further image has the next one.
    """

    size: Annotated[
        str, Text(longest=20, in_studio=True, in_batches=True, description="auto or WIDTHxHEIGHT")
    ] = AUTO
    quality: Annotated[str, Text(longest=10, in_studio=True, in_batches=True)] = AUTO
    background: Annotated[str, Text(longest=12, offered="backgrounds", in_studio=True, in_batches=True)] = (
        AUTO
    )
    output_format: Annotated[
        str, Text(longest=5, offered="formats", synonyms={"jpg": "jpeg"}, in_studio=True, in_batches=True)
    ] = "png"
    output_compression: Annotated[int | None, Integer(label="Compression", least=0, most=100)] = None
    moderation: Annotated[str, Text(longest=5, offered="moderations", in_batches=True)] = AUTO
    seed: Annotated[
        int | None,
        Integer(
            label="The seed",
            least=0,
            most=SEEDS - 1,
            offered="supports_seed",
            in_studio=True,
            in_batches=True,
            description="For models that have one (supports_seed): the same seed, words and settings make the same image. "
            "Each further image has the next one.",
        ),
    ] = None

    @classmethod
    def read(cls, texts: Mapping[str, str]) -> Self:
        """Build the parameters from a form's texts, by name; an empty text means the default.

        Raises:
            InvalidOrder: a text is no value of its kind at all. Whether a model supports it is for `checked`.
        """
        values: dict[str, Any] = {
            name: PARAMETERS[name].read(name, text) for name, text in texts.items() if text
        }
        return cls(**values)

    @classmethod
    def stored(cls, generation: Generation) -> Self:
        """Build the parameters with which a generation was ordered, as `columns` wrote them."""
        size = f"{generation.width}x{generation.height}" if generation.width else AUTO
        return cls(size=size, **{name: getattr(generation, name) for name in PARAMETERS if name != "size"})

    def values(self) -> dict[str, Any]:
        """Return the values by name."""
        return {name: getattr(self, name) for name in PARAMETERS}

    def columns(self) -> dict[str, Any]:
        """Return the values of `Generation`'s columns, by name."""
        values = self.values()
        size = sizes.parse(values.pop("size"))
        return {"width": size.width if size else None, "height": size.height if size else None, **values}

    def of_image(self, index: int) -> Self:
        """Return the parameters of the generation's image with this index: each has a seed of its own."""
        return self if self.seed is None else replace(self, seed=(self.seed + index) % SEEDS)

    @property
    def pixels(self) -> Size | None:
        """Width and height that were ordered; None where the model chooses."""
        return sizes.parse(self.size)

    def chosen(self) -> dict[str, Any]:
        """Return the values that differ from the defaults, by name."""
        return {name: value for name, value in self.values().items() if value not in ("", DEFAULTS[name])}

    def checked(self, model: ImageModel) -> Self:
        """Return the parameters with size and quality resolved, once `model` can do all of them.

        Raises:
            InvalidOrder: the first that can't be done; `param` names it.
        """
        resolved = replace(self, size=self._size_for(model), quality=self._quality_for(model))
        if self.output_compression == NO_COMPRESSION and self.output_format not in COMPRESSED:
            resolved = replace(resolved, output_compression=None)
        for name, kind in PARAMETERS.items():
            value: Any = getattr(resolved, name)
            if value != AUTO or DEFAULTS[name] != AUTO:
                kind.check(name, value, model)
        if self.background == TRANSPARENT and self.output_format not in WITH_ALPHA:
            raise InvalidOrder(
                "JPEG has no transparency: choose PNG or WebP, or another background.", param="background"
            )
        if resolved.output_compression is not None and self.output_format not in COMPRESSED:
            raise InvalidOrder(
                "Compression is for JPEG and WebP; PNG is lossless.", param="output_compression"
            )
        return resolved

    def known_to(self, model: ImageModel) -> Self:
        """Return the parameters with those emptied for which the model has no values."""
        unknown: dict[str, Any] = {
            name: "" for name, values in offered_by(model).items() if not values and DEFAULTS[name] == AUTO
        }
        return replace(self, **unknown) if unknown else self

    def _size_for(self, model: ImageModel) -> str:
        size = self.pixels
        if self.size in model.sizes:
            return self.size
        if size is None:
            return model.default_size
        if not model.custom_sizes:
            raise not_offered("size", model, model.sizes)
        sizes.check_custom(size)
        return self.size

    def _quality_for(self, model: ImageModel) -> str:
        quality = model.default_quality if self.quality == AUTO else self.quality
        if quality != model.default_quality and quality not in model.qualities:
            raise not_offered("quality", model, model.qualities)
        return quality


PARAMETERS: Final[Mapping[str, Text | Integer]] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(ImageParameters, include_extras=True).items()
}
"""How each parameter is read and checked, by its name."""
DEFAULT_PARAMETERS: Final = ImageParameters()
DEFAULTS: Final = MappingProxyType(DEFAULT_PARAMETERS.values())
COLUMNS: Final = tuple(DEFAULT_PARAMETERS.columns())
"""The columns of `Generation` that hold them."""
_OFFERED: Final = {
    name: kind.offered for name, kind in PARAMETERS.items() if isinstance(kind, Text) and kind.offered
}
IN_STUDIO: Final = tuple(name for name, kind in PARAMETERS.items() if kind.in_studio)
IN_BATCHES: Final = tuple(name for name, kind in PARAMETERS.items() if kind.in_batches)


def offered_by(model: ImageModel) -> dict[str, list[str]]:
    """Return the values that a model lists for each parameter that has such a list, by name."""
    return {name: getattr(model, listed) for name, listed in _OFFERED.items()}


def style_defaults(version: object | None) -> dict[str, str]:
    """Return the parameters that a style's version or content sets, by name."""
    return {name: text for name in PARAMETERS if (text := str(getattr(version, name, "")))}


def not_offered(name: str, model: ImageModel, values: Sequence[str]) -> InvalidOrder:
    """Build the refusal of a value that a model does not accept, listing those that it accepts."""
    listed = ", ".join(values) or AUTO
    return InvalidOrder(
        f"{model.label} does not support that {name.replace('_', ' ')}; it supports: {listed}.", param=name
    )
