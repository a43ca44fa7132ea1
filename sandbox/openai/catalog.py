"""The image models that answer, as of November 2026. Retired ones get `model_not_found`, as upstream."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Cells along the longer edge of the grid in which a model draws at a quality.
GRIDS_2 = {"low": 16, "medium": 48, "high": 96}
GRIDS_25 = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}
GRIDS_26 = {**GRIDS_25, "low": 34, "medium": 48}


@dataclass(frozen=True)
class Model:
    """One live model. grids: cells along the longer edge by quality."""

    id: str
    released: str
    grids: dict[str, int]
    transparent: bool = True

    def as_object(self, shutdown_date: Any = None) -> dict[str, Any]:
        created = int(datetime.fromisoformat(self.released).replace(tzinfo=UTC).timestamp())
        return {
            "id": self.id,
            "object": "model",
            "created": created,
            "owned_by": "system",
            "shutdown_date": shutdown_date,
        }

    def output_tokens(self, quality: str, width: int, height: int, partials: int) -> int:
        """As OpenAI's own calculator has it: 7,024 for 1024x1024 at high of gpt-image-2, 13,342 for 3840x2160."""
        long = self.grids[quality]
        short = max(1, round(long * min(width, height) / max(width, height)))
        return math.ceil(long * short * (2_000_000 + width * height) / 4_000_000) + 100 * partials


MODELS = {
    model.id: model
    for model in (
        Model("gpt-image-2.6-flare", "2026-11-04", GRIDS_26),
        Model("gpt-image-2.6-sunburst", "2026-11-04", GRIDS_26),
        Model("gpt-image-2.5-flare", "2026-09-08", GRIDS_25),
        Model("gpt-image-2.5-flare-2026-09-08", "2026-09-08", GRIDS_25),
        Model("gpt-image-2.5-sunburst", "2026-09-08", GRIDS_25),
        Model("gpt-image-2.5-sunburst-2026-09-08", "2026-09-08", GRIDS_25),
        Model("gpt-image-2", "2026-04-21", GRIDS_2, transparent=False),
        Model("gpt-image-2-2026-04-21", "2026-04-21", GRIDS_2, transparent=False),
    )
}
