"""The catalog."""

from copy import copy
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Final

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema

from api.conditional import answer_unless_known
from api.pagination import page_of_few
from api.permissions import ANY, Needs
from api.requests import ApiRequest
from api.serializers.models import ModelSerializer
from api.views.base import ApiView
from api.views.schema import listed
from billing.models import PricingTier
from generation.catalog import cache
from generation.catalog.prices import Price
from generation.models import ImageModel, Stage
from generation.models.size_class import CLASSES
from generation.orders.order_schema import order_schema

REFUSALS: Final = {
    "charged": False,
    "policy": "An image that is refused, fails or is withheld is never charged, whoever refuses it and however late.",
}


class ModelsView(ApiView):
    """The models that can be ordered, and retired ones."""

    scopes: ClassVar[Needs] = {"GET": ANY}

    @listed("models_list", ModelSerializer)
    def get(self, request: ApiRequest) -> HttpResponseBase:
        """List all models with capabilities, prices for this workspace and, if retired, their replacements."""
        tier = cache.tier_of(request.workspace)
        known = (_shown(model, tier) for model in cache.load().models.values())
        page = page_of_few([model for model in known if model], request, lambda model: model.slug)
        return answer_unless_known(request, page.body(ModelSerializer(page.rows, many=True).data))


class ModelView(ApiView):
    """One model."""

    scopes: ClassVar[Needs] = {"GET": ANY}

    @extend_schema(operation_id="models_get", responses=ModelSerializer)
    def get(self, request: ApiRequest, id: str) -> HttpResponseBase:  # noqa: A002 -- the address's own word
        """Show a model with what it can do and its prices for this workspace."""
        model = cache.load().find(id)
        shown = _shown(model, cache.tier_of(request.workspace)) if model else None
        if shown is None:
            raise Http404
        return answer_unless_known(request, ModelSerializer(shown).data)


def _shown(model: ImageModel, tier: PricingTier) -> ImageModel | None:
    """Copy the model and add its prices; None for one that operators have switched off."""
    if model.stage() is Stage.DISABLED:
        return None
    # The catalog's own rows are shared by all threads.
    shown = copy(model)
    prices = cache.load().prices_of(model, tier)
    shown.price_list = [_priced(quality, price) for quality, price in prices.items()]  # type: ignore[attr-defined]
    shown.order_schema, shown.refusal_policy = order_schema(model, tier), REFUSALS  # type: ignore[attr-defined]
    shown.health_status, shown.health_reason, shown.health_since = _health(model)  # type: ignore[attr-defined]
    return shown


def _health(model: ImageModel) -> tuple[str, str, datetime | None]:
    """Return the status, why, and since when."""
    known = cache.load()
    status, health = known.status(model), known.health(model)
    if status == Stage.RETIRED:
        return status, f"{model.slug} {cache.end_of(model)}.", model.ended_at if model.has_ended else None
    return status, health.reason, health.since if health.pk and health.reason else None


def _priced(quality: str, price: Price) -> dict[str, Any]:
    """Describe a price with its amount for each size class; without amounts if it is per megapixel."""
    classes = [] if price.per_megapixel else zip(CLASSES, price.by_size(), strict=True)
    by_size = [{"up_to_pixels": pixels, "credits": credits} for pixels, credits in classes]
    return {"quality": quality, **asdict(price), "by_size": by_size}
