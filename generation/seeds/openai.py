"""OpenAI's models with what OpenAI charges for them, and what we charge.

Sources, each with the day on which it was read:

- Tokens, dollars for a million: text in 5, image in 8, image out 30, for 2, 2.5 and 2.6 alike
  (developers.openai.com/api/docs/models/gpt-image-2.6-sunburst, 22 November 2026).
- Tokens out: `_tokens_out`. It gives what OpenAI's calculator does for 2 at high, 7,024 at 1024x1024, 5,488 at 1536x1024,
  5,063 at 1792x1024, 12,329 at 3584x2048 (community.openai.com/t/1379464, read 29 November 2026 in a stored copy), the
  13,342 that somebody was charged for 3840x2160, and the five figures of 2.5 at 1024x1024 (22 November 2026).
- Tokens in for a reference: 1,024 at 1024x1024, 1,536 at most (22 November 2026; a charge of $0.413 for the 13,342
  above and one large reference says the same).
- 2.6: three to four times the tokens of 2.5 at low and medium, as many from high on; 664 at low, 1,353 at high, for
  1536x1024 (docs.laozhang.ai/en/api-capabilities/gpt-image-2-6, a reseller's measurement of 5 November 2026, read
  29 November in a stored copy). `GRIDS_26` is the least that is above both.
"""

import math
from typing import Any

from generation.catalog.provider_costs import ExpectedCostRates
from generation.models import Unit
from generation.models.size_class import CLASSES
from generation.seeds.entry import ModelSeed, day

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
OF_ITS_FAMILY: dict[str, Any] = {"shares_limits_of_id": "gpt-image-2.5-flare"}
"""OpenAI counts all of them toward one limit, "for limit gpt-image" (docs/providers.md)."""
GPT_2 = {**GPT_25, "qualities": ["low", "medium", "high"], "backgrounds": ["auto", "opaque"]}
GONE: dict[str, Any] = {"sizes": ["auto"], "formats": ["png"], "replacement_id": "gpt-image-2.5-flare"}

# Credits for an image in each size class: what it costs us in the most expensive shape, a square, with the
# words and the previews that Studio shows, is less than what the credits bring. docs/pricing.md has the same
# table.
PRICES_25 = {
    "low": (1, 1, 1, 2, 2),
    "medium": (1, 1, 2, 2, 3),
    "high": (3, 3, 4, 6, 8),
    "xhigh": (5, 5, 7, 10, 14),
    "max": (11, 11, 14, 22, 31),
}
PRICES_26 = {**PRICES_25, "low": (2, 2, 2, 3, 5), "medium": (3, 3, 4, 6, 8)}
PRICES_2 = {"low": (1, 1, 1, 2, 2), "medium": (3, 3, 4, 6, 8), "high": (10, 11, 14, 20, 31)}
# An edit costs a credit more, its first reference included, and another one for every two further references.
EDITS = {"edit_surcharge": 1}

TEXT_IN, IMAGE_IN, IMAGE_OUT = 5, 8, 30
"""Micro-dollars per token."""
TOKENS = {
    Unit.TEXT_INPUT: TEXT_IN * 1_000_000,
    Unit.IMAGE_INPUT: IMAGE_IN * 1_000_000,
    Unit.IMAGE_OUTPUT: IMAGE_OUT * 1_000_000,
}
GRIDS_25 = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}
GRIDS_26 = {**GRIDS_25, "low": 34, "medium": 48}
GRIDS_2 = {"low": 16, "medium": 48, "high": 96}
"""Cells along the longer edge of a model's grid."""
WORDS = 100
"""Typical number of tokens of a prompt."""
REFERENCE = 1_536
"""Largest number of tokens of a reference."""


def _tokens_out(grid: int, pixels: int) -> int:
    """Compute the tokens of a square of `pixels`.

    Any other shape of as many pixels has fewer cells, and so fewer tokens.
    """
    return math.ceil(grid * grid * (2_000_000 + pixels) / 4_000_000)


def _expected(grids: dict[str, int]) -> dict[str, list[ExpectedCostRates]]:
    reference = REFERENCE * IMAGE_IN
    return {
        quality: [
            ExpectedCostRates(_tokens_out(grid, pixels) * IMAGE_OUT + WORDS * TEXT_IN, reference=reference)
            for pixels in CLASSES
        ]
        for quality, grid in grids.items()
    }


def _openai(slug: str, label: str, summary: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "provider_id": "openai",
        "upstream_id": slug,
        "label": label,
        "summary": summary,
        **more,
    }


def _gone(slug: str, label: str, summary: str, *, position: int, **more: Any) -> ModelSeed:
    """Build a model that can't be ordered here: old code and articles name it, and users are told its replacement."""
    return ModelSeed(_openai(slug, label, summary, icon="archive", position=position, **GONE, **more))


MODELS: tuple[ModelSeed, ...] = (
    ModelSeed(
        _openai(
            "gpt-image-2.5-flare",
            "GPT Image 2.5 Flare",
            "Fast all-rounder, real transparency",
            aliases=["gpt-image-2.5-flare-2026-09-08"],
            description="Quick, reliable images with readable text and real transparent backgrounds. The best first choice.",
            icon="zap",
            position=10,
            is_default=True,
            available_from=day(2026, 9, 8),
            **GPT_25,
        ),
        PRICES_25,
        EDITS,
        _expected(GRIDS_25),
        TOKENS,
    ),
    ModelSeed(
        _openai(
            "gpt-image-2.5-sunburst",
            "GPT Image 2.5 Sunburst",
            "Fine detail, careful edits",
            aliases=["gpt-image-2.5-sunburst-2026-09-08"],
            description="Slower and more detailed than Flare, at the same price; steadier when an image is edited again.",
            icon="sun",
            position=20,
            available_from=day(2026, 9, 8),
            **GPT_25,
            **OF_ITS_FAMILY,
        ),
        PRICES_25,
        EDITS,
        _expected(GRIDS_25),
        TOKENS,
    ),
    ModelSeed(
        _openai(
            "gpt-image-2.6-flare",
            "GPT Image 2.6 Flare",
            "Newest, drafts in seconds",
            description="The newest Flare: the quickest of the family. Low and medium cost more than with 2.5, the rest the same.",
            icon="zap",
            position=30,
            available_from=day(2026, 11, 4),
            **GPT_25,
            **OF_ITS_FAMILY,
        ),
        PRICES_26,
        EDITS,
        _expected(GRIDS_26),
        TOKENS,
    ),
    ModelSeed(
        _openai(
            "gpt-image-2.6-sunburst",
            "GPT Image 2.6 Sunburst",
            "Finest detail, steady over many edits",
            description="The newest Sunburst: finest texture and type, and a subject that stays itself over many edits.",
            icon="sun",
            position=40,
            available_from=day(2026, 11, 4),
            **GPT_25,
            **OF_ITS_FAMILY,
        ),
        PRICES_26,
        EDITS,
        _expected(GRIDS_26),
        TOKENS,
    ),
    ModelSeed(
        _openai(
            "gpt-image-2",
            "GPT Image 2",
            "The previous generation",
            aliases=["gpt-image-2-2026-04-21"],
            description="Kept for work that began with it. The 2.5 models do the same for less.",
            icon="history",
            position=50,
            available_from=day(2026, 4, 21),
            **GPT_2,
            **OF_ITS_FAMILY,
        ),
        PRICES_2,
        EDITS,
        _expected(GRIDS_2),
        TOKENS,
    ),
)

RETIRED: tuple[ModelSeed, ...] = (
    _gone(
        "gpt-image-1",
        "GPT Image 1",
        "Retired in October 2026",
        position=900,
        available_from=day(2025, 4, 23),
        retired_at=day(2026, 10, 23),
    ),
    *(
        # Never sold here. Their end was announced on 2 June 2026, with 2.6 in their place
        # (developers.openai.com/api/docs/deprecations, 29 November 2026); ours costs the customer less.
        _gone(
            slug,
            label,
            "Ends on 1 December 2026",
            position=position,
            is_enabled=False,
            available_from=available_from,
            deprecated_at=day(2026, 6, 2),
            retired_at=day(2026, 12, 1),
            maker_replacement_id="gpt-image-2.6-flare",
        )
        for slug, label, position, available_from in (
            ("gpt-image-1.5", "GPT Image 1.5", 901, day(2025, 12, 16)),
            ("gpt-image-1-mini", "GPT Image 1 mini", 902, day(2025, 10, 6)),
            ("chatgpt-image-latest", "ChatGPT Image, latest", 903, day(2025, 12, 16)),
        )
    ),
    _gone(
        "dall-e-3",
        "DALL·E 3",
        "Retired in May 2026",
        position=910,
        available_from=day(2023, 11, 6),
        retired_at=day(2026, 5, 12),
    ),
    _gone(
        "dall-e-2",
        "DALL·E 2",
        "Retired in May 2026",
        position=920,
        available_from=day(2022, 11, 3),
        retired_at=day(2026, 5, 12),
    ),
)
