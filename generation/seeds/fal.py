"""fal's models (FLUX and one other) with what fal charges by the megapixel, and what we charge.

A megapixel is 1024 x 1024, rounded up, for each image that comes out and, with FLUX.2, for each that goes in
(the page of flex, below); references are sent as one megapixel at most. Sources are beside the figures: fal's
own pages in stored copies, read on 29 November 2026, or, where no copy was found, somebody else's account of
them.
"""

from dataclasses import dataclass
from typing import Any

from generation.catalog.provider_costs import ExpectedCostRates
from generation.models import Unit
from generation.seeds.entry import ModelSeed, day

PROVIDER: dict[str, Any] = {
    "slug": "fal",
    "name": "fal",
    "adapter": "fal",
    "base_url_setting": "FAL_BASE_URL",
    "key_setting": "FAL_KEY",
    "webhook_setting": "FAL_WEBHOOK_URL",
    # What a new account has; more wait in fal's queue, behind one another. Operators raise it with their account's, 40 at most.
    "max_in_flight": 2,
}

FLUX: dict[str, Any] = {
    "sizes": ["1024x1024", "1248x832", "832x1248", "1152x864", "864x1152", "1280x720", "720x1280"],
    "formats": ["png", "jpeg"],
    "backgrounds": ["auto", "opaque"],
    "moderations": ["auto"],
    "supports_seed": True,
}
FLUX_2 = {**FLUX, "sizes": [*FLUX["sizes"], "1536x1024", "1024x1536", "2048x2048"], "max_references": 8}
MEGAPIXELS = (1, 2, 3, 4, 8)
"""Megapixels of the largest size of each size class; for the first, the largest that these models make."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What fal charges, in micro-dollars.

    Attributes:
        out: for a megapixel out.
        first: for the first megapixel out, if that price differs.
        edit: surcharge for each megapixel out of an edit.
        reference: for a megapixel in.
    """

    out: int
    first: int | None = None
    edit: int = 0
    reference: int = 0

    def expected(self, out: int) -> ExpectedCostRates:
        """Compute the expected cost of an image of `out` megapixels."""
        first = self.out if self.first is None else self.first
        return ExpectedCostRates(first + (out - 1) * self.out, out * self.edit, self.reference)

    def costs(self) -> dict[Unit, int]:
        """Return the costs for a million units."""
        units = {
            Unit.FIRST_MEGAPIXEL: self.first,
            Unit.MEGAPIXEL: self.out,
            Unit.EDIT_MEGAPIXEL: self.edit,
            Unit.MEGAPIXEL_INPUT: self.reference,
        }
        return {unit: cost * 1_000_000 for unit, cost in units.items() if cost}


def _fal(
    slug: str,
    upstream_id: str,
    label: str,
    summary: str,
    description: str,
    *,
    credits: int,
    rates: Rates,
    references: tuple[int, int] = (1, 1),
    abilities: dict[str, Any],
    **more: Any,
) -> ModelSeed:
    """Build a model of fal's that costs `credits` for each megapixel out.

    Of `references`, the first number is how many are counted together, the second the credits for them.
    """
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
    together, reference_credits = references
    price = {
        "per_megapixel": True,
        "free_references": 0,
        "references_per_credit": together,
        "reference_credits": reference_credits,
    }
    expected = [rates.expected(out) for out in MEGAPIXELS]
    return ModelSeed(row, {"": (credits,)}, price, {"": expected}, rates.costs())


MODELS: tuple[ModelSeed, ...] = (
    _fal(
        "flux-2-klein",
        "fal-ai/flux-2/klein/9b",
        "FLUX.2 klein",
        "Seconds per draft",
        "The quick one of its family: drafts in seconds, for trying many ideas.",
        credits=1,
        # $0.006 a megapixel (fal.ai/models/fal-ai/flux-2/klein/9b/llms.txt); edits $0.011 in and out
        # (lumenfall.ai/models/black-forest-labs/flux.2-klein-9b/llms.txt, naming fal's page of the edits).
        rates=Rates(6_000, edit=5_000, reference=11_000),
        references=(2, 1),
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
        # $0.03, then $0.015 a megapixel (docs.bfl.ai/quick_start/pricing.md has the same: $0.03, edits from $0.045).
        rates=Rates(15_000, first=30_000, reference=15_000),
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
        # $0.05 a megapixel in and out (fal.ai/models/fal-ai/flux-2-flex/edit/llms.txt).
        rates=Rates(50_000, reference=50_000),
        references=(1, 3),
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
        # $0.07, then $0.03 a megapixel, inputs counted (fal.ai/models/fal-ai/flux-2-max/edit/llms.txt).
        rates=Rates(30_000, first=70_000, reference=30_000),
        references=(1, 2),
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
        "Four steps to an image.",
        credits=1,
        # $0.003 a megapixel (workflowlab.dev/cost, of May 2026)
        rates=Rates(3_000),
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
        # $0.025 a megapixel (workflowlab.dev/cost/flux-dev-fal, of May 2026)
        rates=Rates(25_000),
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
        "Sets long texts into images, in Latin and in Chinese script.",
        credits=1,
        # $0.02 a megapixel, as in the first catalog: no page found
        rates=Rates(20_000),
        abilities=FLUX,
        icon="languages",
        position=120,
        available_from=day(2025, 8, 4),
    ),
)
