"""The catalogue as a new installation has it. Existing rows are left alone: they are the operators'."""

from typing import Any

from generation import check_seeds, style_seeds
from generation.models import ImageModel, ModelPrice, Provider, UnitCost
from generation.seeds import fal, openai
from generation.seeds.entry import Entry

SANDBOX: dict[str, Any] = {
    "slug": "test",
    "name": "Sandbox of test tokens",
    "adapter": "test",
    "key_setting": "",
}
PROVIDERS = (openai.PROVIDER, fal.PROVIDER, SANDBOX)
MODELS = (*openai.MODELS, *fal.MODELS, *openai.RETIRED)


def seed() -> int:
    """Add what is missing of providers, models, prices, costs, styles and rules; how many models were added."""
    for provider in PROVIDERS:
        Provider.objects.get_or_create(slug=provider["slug"], defaults=provider)
    added = sum(_add(entry) for entry in MODELS)
    style_seeds.seed()
    check_seeds.seed()
    return added


def _add(entry: Entry) -> bool:
    model, added = ImageModel.objects.get_or_create(slug=entry.row["slug"], defaults=entry.row)
    if added:
        ModelPrice.objects.bulk_create(
            ModelPrice(model=model, quality=quality, credits=credits, expected_cost=cost, **entry.price)
            for quality, (credits, cost) in entry.prices.items()
        )
        UnitCost.objects.bulk_create(
            UnitCost(model=model, unit=unit, cost=cost) for unit, cost in entry.costs.items()
        )
    return added
