"""The composer: what may be chosen, what is chosen and what it costs. All prices are from `pricing.quote`."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from accounts import ids
from accounts.errors import Refusal
from accounts.models import Workspace
from billing import balance
from billing.balance import Balance
from generation import catalogue, pricing
from generation.chips import Chip
from generation.draft import MOST_IMAGES, Draft
from generation.models import ImageModel, Reference, Style
from generation.order import Order
from generation.parameters import TRANSPARENT, WITH_ALPHA, ImageParameters
from generation.pricing import Price, Quote
from generation.quoting import quote_for
from generation.shapes import ANY, CUSTOM, group
from generation.sizes import parse
from generation.style_listing import Plate, choices, plates, slot_fields

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
class Offer:
    """A model in the menu: the least that an image of it costs, and whether some cost more."""

    model: ImageModel
    credits: int
    varies: bool
    chosen: bool


@dataclass(frozen=True)
class Composer:
    """All that the composer shows; `quote` is None exactly if `refusal` says why there is no price."""

    draft: Draft
    model: ImageModel
    most: int
    prices: Mapping[str, Price]
    offers: Sequence[Offer]
    references: Sequence[Reference]
    mask: Reference | None
    styles: Sequence[Style]
    face: Plate | None
    balance: Balance
    quote: Quote | None
    refusal: Refusal | None
    restyled: bool = False

    @property
    def style(self) -> Style | None:
        """The chosen style."""
        return self.face.style if self.face else None

    @property
    def slots(self) -> list[tuple[str, str, str, bool]]:
        """The style's placeholders beside the prompt: name, value, default, whether it is required."""
        given = dict(self.draft.values)
        return [
            (name, given.get(name, ""), default, required)
            for name, default, required in slot_fields(self.style)
        ]

    @property
    def short(self) -> int:
        """Missing credits; 0 if there are enough."""
        return max(0, self.quote.credits - self.balance.available) if self.quote else 0

    @property
    def after(self) -> int:
        """Credits left after the order."""
        return self.balance.available - (self.quote.credits if self.quote else 0)

    @property
    def chosen(self) -> Offer | None:
        """The chosen model as the menu shows it."""
        return next((one for one in self.offers if one.chosen), None)

    @property
    def summary(self) -> str:
        """The settings in one line, for the folded composer."""
        chosen = [one.label for each in (self.shapes, self.qualities) for one in each if one.chosen]
        if self.edges:
            chosen[0] = _pixels(self.draft.size)
        count = f"{self.draft.n} image{'' if self.draft.n == '1' else 's'}"
        return " · ".join([self.model.label.removeprefix("GPT Image "), *chosen, count])

    @property
    def chips(self) -> list[Chip]:
        """The references, in the order in which the prompt numbers them."""
        return [Chip(one, None if at else self.mask) for at, one in enumerate(self.references)]

    @cached_property
    def shapes(self) -> list[Choice]:
        """The model's shapes, each with the pixels of its first size."""
        listed = [self._shape(name, of[0]) for name, of in group(self.model.sizes).items()]
        own = Choice(CUSTOM, "Custom", self.draft.shape == CUSTOM)
        return [*listed, own] if self.model.custom_sizes else listed

    @cached_property
    def sizes(self) -> list[Choice]:
        """The sizes of the chosen shape, the smallest first."""
        known = group(self.model.sizes).get(self.draft.shape, ())
        return [
            Choice(
                size,
                _pixels(size),
                size == self.draft.size,
                self._each(size=size),
            )
            for size in known
        ]

    @property
    def edges(self) -> list[tuple[str, str, str]]:
        """Width and height of a custom size: field, label and value as typed; empty if a listed size is chosen."""
        if self.draft.shape != CUSTOM:
            return []
        width, _, height = self.draft.size.partition("x")
        return [("width", "Width", width), ("height", "Height", height)]

    @property
    def misfit(self) -> Refusal | None:
        """The error of a custom size; `extra["nearest"]` is one that would do, if there is one."""
        return self.refusal if self.edges and self.refusal and self.refusal.param == "size" else None

    @cached_property
    def qualities(self) -> list[Choice]:
        """The model's qualities, with an image's price at the chosen size and references."""
        return [
            Choice(one, quality_label(one), one == self.draft.parameters["quality"], self._each(quality=one))
            for one in self.model.qualities
        ]

    @cached_property
    def counts(self) -> list[Choice]:
        """The choices for the number of images."""
        return [Choice(str(n), str(n), str(n) == self.draft.n) for n in range(1, self.most + 1)]

    @cached_property
    def backgrounds(self) -> list[Choice]:
        """The model's backgrounds."""
        chosen = self.draft.parameters["background"]
        return [Choice(one, one.capitalize(), one == chosen) for one in self.model.backgrounds]

    @cached_property
    def formats(self) -> list[Choice]:
        """The model's file formats; without transparency they are not possible if it is asked for."""
        chosen = self.draft.parameters
        opaque = chosen["background"] != TRANSPARENT
        return [
            Choice(
                one, format_label(one), one == chosen["output_format"], possible=opaque or one in WITH_ALPHA
            )
            for one in self.model.formats
        ]

    @property
    def _style_references(self) -> Sequence[uuid.UUID]:
        return self.style.current.references if self.style and self.style.current else ()

    def _shape(self, name: str, size: str) -> Choice:
        pixels = parse(size)
        label = "Auto" if name == ANY else name
        width, height = pixels or (0, 0)
        return Choice(name, label, name == self.draft.shape, width=width, height=height)

    def _each(self, *, size: str = "", quality: str = "") -> int | None:
        parameters = ImageParameters(
            size=size or self.draft.size, quality=quality or self.draft.parameters["quality"]
        )
        references = (*(one.pk for one in self.references), *self._style_references)
        order = Order(ANY_WORDS, self.model.slug, parameters=parameters, references=references)
        return price(self.model, order, self.prices)


def compose(workspace: Workspace, draft: Draft) -> Composer:
    """Build the composer for a draft, fitted to its model; an unknown or ended model gives way to another.

    Raises:
        ModelUnavailable: no model can be ordered at all.
    """
    known = catalogue.load()
    offered = choices(workspace)
    style = next((one for one in offered if one.public_id == draft.style), None)
    draft = replace(draft, style=style.public_id if style else "", version="")
    restyled = draft.style != draft.style_was
    if restyled:
        draft = draft.restyled(style.current if style else None)
    model = known.find(draft.model)
    if model is None or model not in known.offered():
        model = (known.replacement(model) if model else None) or known.default()
    tier = catalogue.tier_of(workspace)
    most = min(model.max_images, tier.images_per_request, MOST_IMAGES)
    references = _found(workspace, draft)
    mask = _mask(workspace, draft, references)
    draft = replace(
        draft.fitted(model, most),
        references=tuple(one.public_id for one in references),
        mask=mask.public_id if mask else "",
    )
    quote, refusal = _quoted(workspace, draft)
    return Composer(
        draft=draft,
        model=model,
        most=most,
        prices=known.prices_of(model, tier),
        offers=[offer(one, known.prices_of(one, tier), model) for one in known.offered()],
        references=references,
        mask=mask,
        styles=offered,
        face=plates(workspace, [style])[0] if style else None,
        balance=balance.of(workspace),
        quote=quote,
        refusal=refusal,
        restyled=restyled,
    )


def quality_label(quality: str) -> str:
    """Word a quality for people."""
    return "XHigh" if quality == "xhigh" else quality.capitalize()


def _pixels(size: str) -> str:
    return size.replace("x", " \N{MULTIPLICATION SIGN} ")


def format_label(output_format: str) -> str:
    """Word a file format for people."""
    return "WebP" if output_format == "webp" else output_format.upper()


def _found(workspace: Workspace, draft: Draft) -> list[Reference]:
    """Return the draft's references that still exist, in order."""
    wanted = [key for one in draft.references if (key := ids.parse("rfe", one))]
    if not wanted:
        return []
    found = workspace.references.filter(deleted_at=None).in_bulk(wanted)
    return [found[key] for key in wanted if key in found]


def _mask(workspace: Workspace, draft: Draft, references: Sequence[Reference]) -> Reference | None:
    """Return the draft's mask, if the image that it was painted on still exists."""
    key = ids.parse("rfe", draft.mask)
    if key is None or not references or references[0].public_id != draft.references[0]:
        return None
    return workspace.references.filter(pk=key, is_mask=True, deleted_at=None).first()


def _quoted(workspace: Workspace, draft: Draft) -> tuple[Quote | None, Refusal | None]:
    try:
        order = draft.order()
        return quote_for(workspace, replace(order, prompt=order.prompt.strip() or ANY_WORDS)), None
    except Refusal as refusal:
        return None, refusal


def offer(model: ImageModel, prices: Mapping[str, Price], chosen: ImageModel | None = None) -> Offer:
    """Describe a model with the least that an image of its first size costs at a tier's prices."""
    each = [
        credits
        for quality in model.qualities or [""]
        if (credits := price(model, _simplest(model, quality), prices))
    ]
    return Offer(model, min(each, default=0), len(set(each)) > 1, model == chosen)


def _simplest(model: ImageModel, quality: str) -> Order:
    return Order(ANY_WORDS, model.slug, parameters=ImageParameters(size=model.default_size, quality=quality))


def price(model: ImageModel, order: Order, prices: Mapping[str, Price]) -> int | None:
    """Compute the credits for an image of an order; None if it can't be had."""
    try:
        return pricing.quote(model, order, prices).per_image
    except Refusal:
        return None
