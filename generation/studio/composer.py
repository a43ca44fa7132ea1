"""The composer: what may be chosen, what is chosen and what it costs. All prices are from `pricing.quote`."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from accounts.models import Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from core import ids
from core.errors import Refusal
from generation.catalog import cache
from generation.catalog.parameters import TRANSPARENT, WITH_ALPHA, ImageParameters
from generation.catalog.prices import Price
from generation.catalog.sizes import ANY, CUSTOM, group, parse
from generation.models import ImageModel, Reference, Style
from generation.orders.order import Order
from generation.orders.preparation import quote_for
from generation.orders.pricing import Quote
from generation.studio.chips import Chip
from generation.studio.choices import (
    ANY_WORDS,
    Choice,
    ModelOffer,
    _pixels,
    format_label,
    image_price,
    model_offer,
    quality_label,
)
from generation.studio.draft import MAX_IMAGES, Draft
from generation.styles.queries import StyleCard, choices, slot_fields, style_cards


@dataclass(frozen=True)
class Composer:
    """All that the composer shows; `quote` is None exactly if `refusal` says why there is no price."""

    draft: Draft
    model: ImageModel
    most: int
    prices: Mapping[str, Price]
    offers: Sequence[ModelOffer]
    references: Sequence[Reference]
    mask: Reference | None
    styles: Sequence[Style]
    face: StyleCard | None
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
    def chosen(self) -> ModelOffer | None:
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
        return image_price(self.model, order, self.prices)


def compose(workspace: Workspace, draft: Draft) -> Composer:
    """Build the composer for a draft, fitted to its model; an unknown or ended model gives way to another.

    Raises:
        ModelUnavailable: no model can be ordered at all.
    """
    known = cache.load()
    offered = choices(workspace)
    style = next((one for one in offered if one.public_id == draft.style), None)
    draft = replace(draft, style=style.public_id if style else "", version="")
    restyled = draft.style != draft.style_was
    if restyled:
        draft = draft.restyled(style.current if style else None)
    model = known.find(draft.model)
    if model is None or model not in known.offered():
        model = (known.replacement(model) if model else None) or known.default()
    tier = cache.tier_of(workspace)
    most = min(model.max_images, tier.images_per_request, MAX_IMAGES)
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
        offers=[model_offer(one, known.prices_of(one, tier), model) for one in known.offered()],
        references=references,
        mask=mask,
        styles=offered,
        face=style_cards(workspace, [style])[0] if style else None,
        balance=balance.for_workspace(workspace),
        quote=quote,
        refusal=refusal,
        restyled=restyled,
    )


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
