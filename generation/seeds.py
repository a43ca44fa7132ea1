"""The catalogue as a new installation has it. Existing rows are left alone: they are the operators'."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from generation import check_seeds, style_seeds
from generation.models import ImageModel, ModelPrice, Provider, Unit, UnitCost

PROVIDERS: tuple[dict[str, Any], ...] = (
    {
        "slug": "openai",
        "name": "OpenAI",
        "adapter": "openai",
        "base_url_setting": "OPENAI_BASE_URL",
        "key_setting": "OPENAI_API_KEY",
        "precheck": True,
    },
    {
        "slug": "fal",
        "name": "fal",
        "adapter": "fal",
        "base_url_setting": "FAL_BASE_URL",
        "key_setting": "FAL_KEY",
        "max_in_flight": 100,
    },
    {"slug": "test", "name": "Sandbox of test tokens", "adapter": "test", "key_setting": ""},
)

GPT_SIZES = [
    "auto",
    "1024x1024",
    "1536x1024",
    "1024x1536",
    "2048x1152",
    "1152x2048",
    "2048x2048",
    "3840x2160",
    "2160x3840",
]
GPT_25: dict[str, Any] = {
    "sizes": GPT_SIZES,
    "custom_sizes": True,
    "qualities": ["low", "medium", "high", "xhigh", "max"],
    "default_quality": "medium",
    "formats": ["png", "jpeg", "webp"],
    "backgrounds": ["auto", "opaque", "transparent"],
    "moderations": ["auto", "low"],
    "max_references": 16,
    "supports_mask": True,
    "supports_streaming": True,
}
GPT_2 = {**GPT_25, "qualities": ["low", "medium", "high"], "backgrounds": ["auto", "opaque"]}
GONE: dict[str, Any] = {"sizes": ["auto"], "formats": ["png"], "replacement_id": "gpt-image-2.5-flare"}

PRICE_25 = {
    "low": (1, 6_000),
    "medium": (1, 13_000),
    "high": (3, 53_000),
    "xhigh": (5, 94_000),
    "max": (11, 211_000),
}
PRICE_2 = {"low": (1, 6_000), "medium": (3, 53_000), "high": (10, 211_000)}
# OpenAI's list, in micro-dollars for a million tokens.
TOKENS = {Unit.TEXT_INPUT: 5_000_000, Unit.IMAGE_INPUT: 8_000_000, Unit.IMAGE_OUTPUT: 30_000_000}

FLUX: dict[str, Any] = {
    "sizes": ["1024x1024", "1216x832", "832x1216", "1152x896", "896x1152", "1344x768", "768x1344"],
    "formats": ["png", "jpeg"],
    "backgrounds": ["auto", "opaque"],
    "moderations": ["auto"],
}
FLUX_2 = {**FLUX, "sizes": [*FLUX["sizes"], "1536x1024", "1024x1536", "2048x2048"], "max_references": 8}
PER_MEGAPIXEL: dict[str, Any] = {"per_megapixel": True, "large_factor": 1}
PER_MEGAPIXEL_2 = {**PER_MEGAPIXEL, "edit_surcharge": 1}


@dataclass(frozen=True, slots=True)
class Entry:
    """A model: its row, its prices as quality to (credits, expected cost in micro-dollars), its providers' prices."""

    row: dict[str, Any]
    prices: dict[str, tuple[int, int]] = field(default_factory=dict)
    price: dict[str, Any] = field(default_factory=dict)
    costs: dict[Unit, int] = field(default_factory=dict)


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def _openai(slug: str, label: str, summary: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "provider_id": "openai",
        "upstream_id": slug,
        "label": label,
        "summary": summary,
        **more,
    }


def _fal(
    slug: str,
    upstream_id: str,
    label: str,
    summary: str,
    description: str,
    *,
    credits: int,
    cost: int,
    abilities: dict[str, Any],
    **more: Any,
) -> Entry:
    """A model of fal's; `cost` is micro-dollars for a megapixel."""
    row = {
        "slug": slug,
        "provider_id": "fal",
        "upstream_id": upstream_id,
        "label": label,
        "summary": summary,
        "description": description,
        **abilities,
        **more,
    }
    price = PER_MEGAPIXEL_2 if abilities.get("max_references") else PER_MEGAPIXEL
    return Entry(row, {"": (credits, cost)}, price, {Unit.MEGAPIXEL: cost * 1_000_000})


MODELS: tuple[Entry, ...] = (
    Entry(
        _openai(
            "gpt-image-2.5-flare",
            "GPT Image 2.5 Flare",
            "Fast all-rounder, real transparency",
            description="Quick, reliable pictures with readable text and real transparent backgrounds. The best first choice.",
            icon="zap",
            position=10,
            is_default=True,
            available_from=_day(2026, 9, 8),
            **GPT_25,
        ),
        PRICE_25,
        costs=TOKENS,
    ),
    Entry(
        _openai(
            "gpt-image-2.5-sunburst",
            "GPT Image 2.5 Sunburst",
            "Fine detail, careful edits",
            description="Slower and more detailed than Flare, at the same price; steadier when a picture is edited again.",
            icon="sun",
            position=20,
            available_from=_day(2026, 9, 8),
            **GPT_25,
        ),
        PRICE_25,
        costs=TOKENS,
    ),
    Entry(
        _openai(
            "gpt-image-2.6-flare",
            "GPT Image 2.6 Flare",
            "Newest, drafts in seconds",
            description="The newest Flare: the quickest drafts of the family, with the same qualities and prices as 2.5.",
            icon="zap",
            position=30,
            available_from=_day(2026, 11, 4),
            **GPT_25,
        ),
        PRICE_25,
        costs=TOKENS,
    ),
    Entry(
        _openai(
            "gpt-image-2.6-sunburst",
            "GPT Image 2.6 Sunburst",
            "Finest detail, steady over many edits",
            description="The newest Sunburst: finest texture and type, and a subject that stays itself over many edits.",
            icon="sun",
            position=40,
            available_from=_day(2026, 11, 4),
            **GPT_25,
        ),
        PRICE_25,
        costs=TOKENS,
    ),
    Entry(
        _openai(
            "gpt-image-2",
            "GPT Image 2",
            "The previous generation",
            description="Kept for work that began with it. The 2.5 models do the same for less.",
            icon="history",
            position=50,
            available_from=_day(2026, 4, 21),
            **GPT_2,
        ),
        PRICE_2,
        costs=TOKENS,
    ),
    _fal(
        "flux-2-klein",
        "fal-ai/flux-2/klein/9b",
        "FLUX.2 klein",
        "Seconds per draft",
        "The quick one of its family: drafts in seconds, for trying many ideas.",
        credits=1,
        cost=15_000,
        abilities={**FLUX_2, "max_references": 4},
        icon="rabbit",
        position=60,
        available_from=_day(2026, 1, 15),
    ),
    _fal(
        "flux-2-pro",
        "fal-ai/flux-2-pro",
        "FLUX.2 pro",
        "Photographic, edits",
        "Photographic light and skin, and edits that keep what they should.",
        credits=2,
        cost=30_000,
        abilities=FLUX_2,
        icon="camera",
        position=70,
        available_from=_day(2025, 11, 25),
    ),
    _fal(
        "flux-2-flex",
        "fal-ai/flux-2-flex",
        "FLUX.2 flex",
        "Type and layout",
        "Careful with lettering and layout.",
        credits=3,
        cost=50_000,
        abilities=FLUX_2,
        icon="type",
        position=80,
        available_from=_day(2025, 11, 25),
    ),
    _fal(
        "flux-2-max",
        "fal-ai/flux-2-max",
        "FLUX.2 max",
        "Photographic texture, up to 8 references",
        "The finest texture of its family, from up to eight references.",
        credits=4,
        cost=70_000,
        abilities=FLUX_2,
        icon="gem",
        position=90,
        available_from=_day(2025, 12, 15),
    ),
    _fal(
        "flux-schnell",
        "fal-ai/flux/schnell",
        "FLUX.1 schnell",
        "Cheap and quick",
        "Four steps to a picture.",
        credits=1,
        cost=3_000,
        abilities=FLUX,
        icon="rabbit",
        position=100,
        available_from=_day(2024, 8, 1),
    ),
    _fal(
        "flux-dev",
        "fal-ai/flux/dev",
        "FLUX.1 dev",
        "The open classic",
        "The open model that many styles were made with.",
        credits=2,
        cost=25_000,
        abilities=FLUX,
        icon="blend",
        position=110,
        available_from=_day(2024, 8, 1),
    ),
    _fal(
        "qwen-image",
        "fal-ai/qwen-image",
        "Qwen Image",
        "Long texts, also in Chinese",
        "Sets long texts into pictures, in Latin and in Chinese script.",
        credits=1,
        cost=20_000,
        abilities=FLUX,
        icon="languages",
        position=120,
        available_from=_day(2025, 8, 4),
    ),
    Entry(
        _openai(
            "gpt-image-1",
            "GPT Image 1",
            "Retired in October 2026",
            icon="archive",
            position=900,
            available_from=_day(2025, 4, 23),
            retired_at=_day(2026, 10, 23),
            **GONE,
        )
    ),
    Entry(
        _openai(
            "dall-e-3",
            "DALL·E 3",
            "Retired in May 2026",
            icon="archive",
            position=910,
            available_from=_day(2023, 11, 6),
            retired_at=_day(2026, 5, 12),
            **GONE,
        )
    ),
    Entry(
        _openai(
            "dall-e-2",
            "DALL·E 2",
            "Retired in May 2026",
            icon="archive",
            position=920,
            available_from=_day(2022, 11, 3),
            retired_at=_day(2026, 5, 12),
            **GONE,
        )
    ),
)


def seed() -> int:
    """Add what is missing of providers, models, prices, costs and styles; how many models were added."""
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
