"""The landing page, with the numbers of the catalog and of the packs on sale."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from billing.fraud.welcome_credits import CREDITS
from billing.plans import offers
from core.errors import Refusal
from generation.catalog import cache
from generation.catalog.parameters import ImageParameters
from generation.catalog.prices import Price
from generation.catalog.sizes import shape_of
from generation.models import ImageModel
from generation.orders import pricing
from generation.orders.order import Order
from generation.orders.pricing import Quote
from generation.studio.choices import ANY_WORDS, model_offer, quality_label

SAMPLE = "Four hand-thrown ceramic vessels on a sand-colored ledge, late afternoon sun, long soft shadows"
SAMPLE_SIZE = "1536x1024"
SAMPLE_IMAGES = 4
BILLED_QUALITY = "high"
MOST_MODELS = 6
NUMBERS = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five", 10: "Ten"}


@require_safe
@public
def landing(request: HttpRequest) -> HttpResponse:
    """Show the front page. Every price on it is a quote, for a member at their workspace's prices."""
    known = cache.load()
    offered = known.offered()
    model = known.default() if offered else None
    tier = cache.displayed_tier(request, known)
    packs = offers.for_tier(tier)
    prices = known.prices_of(model, tier) if model else {}
    billed = _sample(model, BILLED_QUALITY, prices) if model else None
    context = {
        "free": CREDITS,
        "free_words": NUMBERS.get(CREDITS, str(CREDITS)),
        "model": model,
        "models": [model_offer(one, known.prices_of(one, tier)) for one in offered[:MOST_MODELS]],
        "pack": packs[0] if packs else None,
        "prompt": SAMPLE,
        "quality": quality_label(model.default_quality) if model else "",
        "shape": shape_of(SAMPLE_SIZE),
        "sample": _sample(model, model.default_quality, prices) if model else None,
        "billed": billed,
        "delivered": billed.credits - billed.per_image if billed else 0,
    }
    return render(request, "site/landing.html", context)


def _sample(model: ImageModel, quality: str, prices: Mapping[str, Price]) -> Quote | None:
    parameters = ImageParameters(size=SAMPLE_SIZE, quality=quality)
    order = Order(ANY_WORDS, model.slug, n=SAMPLE_IMAGES, parameters=parameters)
    try:
        return pricing.quote(model, order, prices)
    except Refusal:
        return None
