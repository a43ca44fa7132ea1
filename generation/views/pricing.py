"""What credits cost, and what a picture costs, at the prices of who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from accounts.models import Workspace
from billing import offers
from billing.offers import Offer
from billing.welcome import CREDITS
from generation import catalogue
from generation.models import ImageModel
from generation.pricing import Price

QUALITIES = (("low", "Low"), ("medium", "Med"), ("high", "High"), ("xhigh", "XHigh"), ("max", "Max"))
NARROW = ("low", "xhigh")
"""Columns that leave first on a small screen."""
CHOSEN = "growth"


@dataclass(frozen=True, slots=True)
class Cell:
    """A price in the table, or its absence."""

    price: Price | None
    is_wide: bool


@require_safe
@public
def pricing(request: HttpRequest) -> HttpResponse:
    """The price list: a member sees the prices of the own workspace's tier, anybody else the list's."""
    workspace: Workspace | None = getattr(request, "workspace", None)
    known = catalogue.load()
    tier = catalogue.tier_shown(request, known)
    on_offer = offers.of(workspace) if workspace else offers.public()
    models = known.offered()
    return render(
        request,
        "pricing/pricing.html",
        {
            "offers": on_offer,
            "chosen": next(
                (one for one in on_offer if one.slug == CHOSEN), on_offer[0] if on_offer else None
            ),
            "rate": _rate(on_offer),
            "free": CREDITS,
            "columns": [{"label": label, "is_wide": key in NARROW} for key, label in QUALITIES],
            "models": [(model, _cells(model, known.prices_of(model, tier))) for model in models],
            "rule": _rule(known.default(), known.prices_of(known.default(), tier)) if models else None,
            "tier": None if tier.is_default else tier,
        },
    )


def _rate(on_offer: list[Offer]) -> dict[str, Any] | None:
    """Cents for a credit, exactly; the lowest where packs differ."""
    rates = {Decimal(one.amount) / one.credits for one in on_offer}
    return {"cents": f"{min(rates).normalize():f}", "is_one": len(rates) == 1} if rates else None


def _cells(model: ImageModel, prices: Mapping[str, Price]) -> list[Cell]:
    """One cell for each quality; a model without qualities has its only price in the middle."""
    own = prices if model.qualities else {"medium": prices[""]} if "" in prices else {}
    return [Cell(own.get(key), key in NARROW) for key, _ in QUALITIES]


def _rule(model: ImageModel, prices: Mapping[str, Price]) -> Price | None:
    """The row that tells what size and references add, of the model that is used by default."""
    return prices.get(model.default_quality)
