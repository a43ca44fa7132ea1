"""OpenAI's models, with its list prices of November 2026."""

from typing import Any

from generation.models import Unit
from generation.seeds.entry import Entry, day

PROVIDER: dict[str, Any] = {
    "slug": "openai",
    "name": "OpenAI",
    "adapter": "openai",
    "base_url_setting": "OPENAI_BASE_URL",
    "key_setting": "OPENAI_API_KEY",
    "precheck": True,
}

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


def _openai(slug: str, label: str, summary: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "provider_id": "openai",
        "upstream_id": slug,
        "label": label,
        "summary": summary,
        **more,
    }


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
            available_from=day(2026, 9, 8),
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
            available_from=day(2026, 9, 8),
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
            available_from=day(2026, 11, 4),
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
            available_from=day(2026, 11, 4),
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
            available_from=day(2026, 4, 21),
            **GPT_2,
        ),
        PRICE_2,
        costs=TOKENS,
    ),
)

RETIRED: tuple[Entry, ...] = (
    Entry(
        _openai(
            "gpt-image-1",
            "GPT Image 1",
            "Retired in October 2026",
            icon="archive",
            position=900,
            available_from=day(2025, 4, 23),
            retired_at=day(2026, 10, 23),
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
            available_from=day(2023, 11, 6),
            retired_at=day(2026, 5, 12),
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
            available_from=day(2022, 11, 3),
            retired_at=day(2026, 5, 12),
            **GONE,
        )
    ),
)
"""Named in old code and articles; whoever asks for one is told what replaces it."""
