"""The catalog of a new installation. Existing rows stay unchanged: they belong to the operators."""

from typing import Any

from generation.models import Provider
from generation.seeds import fal, moderation, openai, styles

SANDBOX: dict[str, Any] = {
    "slug": "test",
    "name": "Sandbox of test tokens",
    "adapter": "test",
    "key_setting": "",
}
PROVIDERS = (openai.PROVIDER, fal.PROVIDER, SANDBOX)
MODELS = (*openai.MODELS, *fal.MODELS, *openai.RETIRED)


def seed() -> int:
    """Add the missing providers, models, prices, costs, styles and rules.

    Returns:
        The number of added models.
    """
    for provider in PROVIDERS:
        Provider.objects.get_or_create(slug=provider["slug"], defaults=provider)
    added = sum(entry.add() for entry in MODELS)
    styles.seed()
    moderation.seed()
    return added
