"""The prices of credits and of images, for the visitor's pricing tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from accounts.models import Workspace
from billing.fraud.welcome_credits import CREDITS
from billing.models import PricingTier
from billing.plans import offers
from billing.plans.offers import Offer
from generation.catalog import cache
from generation.catalog.cache import Catalog
from generation.catalog.prices import Price
from generation.catalog.sizes import EXAMPLES
from generation.models import ImageModel
from generation.models.size_class import CLASSES

QUALITIES = (("low", "Low"), ("medium", "Med"), ("high", "High"), ("xhigh", "Extra high"), ("max", "Max"))
NARROW = ("low", "xhigh")
"""Columns that are hidden first on a small screen."""
CHOSEN = "growth"


@dataclass(frozen=True, slots=True)
class PriceCell:
    """A price in the table, or its absence."""

    price: Price | None
    is_wide: bool


@dataclass(frozen=True, slots=True)
class SizeCell:
    """Credits in the table of sizes, or their absence."""

    credits: int | None
    is_wide: bool


@dataclass(frozen=True, slots=True)
class SizeRow:
    """A size class, a size that falls into it, and credits at each quality."""

    label: str
    example: str
    cells: list[SizeCell]


@require_safe
@public
def pricing(request: HttpRequest) -> HttpResponse:
    """Show the price list: for a member the prices of their workspace's tier, else the list prices."""
    workspace: Workspace | None = getattr(request, "workspace", None)
    known = cache.load()
    tier = cache.displayed_tier(request, known)
    on_offer = offers.for_workspace(workspace) if workspace else offers.at_list_price()
    models = known.offered()
    return render(
        request,
        "site/pricing.html",
        {
            "offers": on_offer,
            "chosen": next(
                (one for one in on_offer if one.slug == CHOSEN), on_offer[0] if on_offer else None
            ),
            "rate": _rate(on_offer),
            "free": CREDITS,
            "columns": [{"label": label, "is_wide": key in NARROW} for key, label in QUALITIES],
            "models": [(model, _cells(model, known.prices_of(model, tier))) for model in models],
            **_of_default(known, tier),
            "tier": None if tier.is_default else tier,
        },
    )


def _rate(on_offer: list[Offer]) -> dict[str, Any] | None:
    """Compute cents per credit, exactly; the lowest if packs differ."""
    rates = {Decimal(one.amount) / one.credits for one in on_offer}
    return {"cents": f"{min(rates).normalize():f}", "is_one": len(rates) == 1} if rates else None


def _cells(model: ImageModel, prices: Mapping[str, Price]) -> list[PriceCell]:
    """Return one cell for each quality; a model without qualities has its only price in the middle."""
    own = prices if model.qualities else {"medium": prices[""]} if "" in prices else {}
    return [PriceCell(own.get(key), key in NARROW) for key, _ in QUALITIES]


def _of_default(known: Catalog, tier: PricingTier) -> dict[str, Any]:
    """Explain what size and references add, by the default model; empty if there is none."""
    if not known.offered():
        return {}
    model = known.default()
    prices = known.prices_of(model, tier)
    rule = prices.get(model.default_quality)
    sizes = _sizes(prices) if rule and not rule.per_megapixel else []
    return {"default": model, "rule": rule, "sizes": sizes}


def _sizes(prices: Mapping[str, Price]) -> list[SizeRow]:
    by_size = {quality: price.by_size() for quality, price in prices.items()}
    return [
        SizeRow(
            f"{most / 1_000_000:.1f} MP",
            str(example).replace("x", " \N{MULTIPLICATION SIGN} "),
            [SizeCell(by_size[key][at] if key in by_size else None, key in NARROW) for key, _ in QUALITIES],
        )
        for at, (most, example) in enumerate(zip(CLASSES, EXAMPLES, strict=True))
    ]
