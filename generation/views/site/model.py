"""A model's own page: what it is for, what it costs, when it ends and what replaces it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import public
from billing.models import PricingTier
from generation.catalog import cache
from generation.catalog.cache import Catalog
from generation.catalog.parameters import TRANSPARENT, ImageParameters
from generation.catalog.prices import Price
from generation.catalog.sizes import Size, parse, shape_name
from generation.models import HealthStatus, ImageModel, Stage
from generation.orders.order import Order
from generation.studio.choices import ANY_WORDS, format_label, image_price, model_offer, quality_label

TONES = {Stage.LIVE: "good", Stage.DEPRECATED: "warn", Stage.RETIRED: "warn"}


@dataclass(frozen=True, slots=True)
class SizePrices:
    """A size, its shape, and the credits for an image at each quality; None if there is no price."""

    size: str
    shape: str
    prices: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class MakerAdvice:
    """The model that a maker recommends in place of one, and if ours costs less, credits for an image at a quality."""

    model: ImageModel
    is_offered: bool
    quality: str = ""
    ours: int = 0
    theirs: int = 0


@require_safe
@public
def model_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page of a past, current or upcoming model."""
    known = cache.load()
    model = known.find(slug)
    if model is None or model.stage() is Stage.DISABLED:
        raise Http404
    if model.slug != slug:
        return redirect("model", model.slug)
    stage = model.stage()
    replacement = known.replacement(model)
    tier = cache.displayed_tier(request, known)
    prices = known.prices_of(model, tier)
    context = {
        "model": model,
        "stage": stage,
        "tone": TONES.get(stage, ""),
        "offer": model_offer(model, prices),
        "replacement": replacement,
        "advice": _advice(known, model, replacement, tier),
        "instead": known.instead(model) if known.health(model).status == HealthStatus.DOWN else None,
        "qualities": [quality_label(one) for one in model.qualities or [""]],
        "rows": _rows(model, prices),
        "does": _does(model),
        "others": [one for one in known.offered() if one.slug != model.slug][:3],
        "prices": prices.get(model.default_quality),
        "changes": _changes(prices, known.prices_of(replacement, tier)) if replacement else [],
    }
    name = "site/model_retired.html" if stage is Stage.RETIRED else "site/model.html"
    return render(request, name, context)


def _advice(
    known: Catalog, model: ImageModel, replacement: ImageModel | None, tier: PricingTier
) -> MakerAdvice | None:
    """Compare what its maker recommends instead of a model with what replaces it here; None if they are the same."""
    theirs = known.models.get(model.maker_replacement_id or "")
    if theirs is None or replacement is None or theirs.slug == replacement.slug:
        return None
    ours, other = (_typical(known, one, tier) for one in (replacement, theirs))
    if ours is None or other is None or ours >= other:
        return MakerAdvice(theirs, is_offered=theirs in known.offered())
    quality = quality_label(replacement.default_quality).lower()
    return MakerAdvice(theirs, theirs in known.offered(), quality, ours, other)


def _typical(known: Catalog, model: ImageModel, tier: PricingTier) -> int | None:
    """Return the credits for an image of the first size class at the default quality; None if there is no price."""
    price = known.prices_of(model, tier).get(model.default_quality)
    return price.credits if price else None


def _rows(model: ImageModel, prices: Mapping[str, Price]) -> list[SizePrices]:
    def cost(size: str, quality: str) -> int | None:
        return image_price(
            model,
            Order(ANY_WORDS, model.slug, parameters=ImageParameters(size=size, quality=quality)),
            prices,
        )

    listed = [parse(size) for size in model.sizes]
    return [
        SizePrices(
            f"{size.width} \N{MULTIPLICATION SIGN} {size.height}",
            _shapes(size, listed),
            tuple(cost(str(size), quality) for quality in model.qualities or [""]),
        )
        for size in listed
        if size and not (size.width < size.height and size[::-1] in listed)
    ]


def _changes(before: Mapping[str, Price], after: Mapping[str, Price]) -> list[tuple[str, int | None, int]]:
    """Compare credits for an image at each quality of the replacement; empty if the old price is gone."""
    return [
        (
            quality_label(quality) or "Image",
            before[quality].credits if quality in before else None,
            now.credits,
        )
        for quality, now in after.items()
        if before
    ]


def _shapes(size: Size, listed: Sequence[Size | None]) -> str:
    """Name the size's shape, and that of the rotated size if the model has both."""
    turned = Size(size.height, size.width)
    both = [size, turned] if turned != size and turned in listed else [size]
    return ", ".join(shape_name(str(one)) for one in both)


def _does(model: ImageModel) -> list[tuple[bool, str]]:
    """List the model's abilities, each with whether it has it."""
    references = model.max_references
    works_from = f"Works from up to {references} reference image{'' if references == 1 else 's'}"
    return [
        (bool(references), works_from if references else "No reference images"),
        (model.supports_mask, "Edits inside a mask" if model.supports_mask else "No masks"),
        (
            TRANSPARENT in model.backgrounds,
            "Transparent background" if TRANSPARENT in model.backgrounds else "No transparent background",
        ),
        (
            model.supports_streaming,
            "Previews while it works" if model.supports_streaming else "No previews while it works",
        ),
        (model.supports_seed, "Seeds, to make the same image again" if model.supports_seed else "No seeds"),
        (model.custom_sizes, "Any size you choose" if model.custom_sizes else "Only the sizes in the table"),
        (True, f"Files as {', '.join(map(format_label, model.formats))}"),
    ]
