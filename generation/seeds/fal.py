"""What fal runs for us: FLUX and a model that is none. Its prices are by the megapixel, of November 2026."""

from typing import Any

from generation.models import Unit
from generation.seeds.entry import Entry, day

PROVIDER: dict[str, Any] = {
    "slug": "fal",
    "name": "fal",
    "adapter": "fal",
    "base_url_setting": "FAL_BASE_URL",
    "key_setting": "FAL_KEY",
    "webhook_setting": "FAL_WEBHOOK_URL",
    "max_in_flight": 100,
}

FLUX: dict[str, Any] = {
    "sizes": ["1024x1024", "1216x832", "832x1216", "1152x896", "896x1152", "1344x768", "768x1344"],
    "formats": ["png", "jpeg"],
    "backgrounds": ["auto", "opaque"],
    "moderations": ["auto"],
}
FLUX_2 = {**FLUX, "sizes": [*FLUX["sizes"], "1536x1024", "1024x1536", "2048x2048"], "max_references": 8}
PER_MEGAPIXEL: dict[str, Any] = {"per_megapixel": True, "large_factor": 1}
PER_MEGAPIXEL_2 = {**PER_MEGAPIXEL, "edit_surcharge": 1}


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
        available_from=day(2026, 1, 15),
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
        available_from=day(2025, 11, 25),
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
        available_from=day(2025, 11, 25),
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
        available_from=day(2025, 12, 15),
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
        available_from=day(2024, 8, 1),
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
        available_from=day(2024, 8, 1),
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
        available_from=day(2025, 8, 4),
    ),
)
