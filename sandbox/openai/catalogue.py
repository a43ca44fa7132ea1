"""The image models that answer, as of November 2026. Retired ones get `model_not_found`, as upstream."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FIVE_QUALITIES = {"low": 196, "medium": 439, "high": 1756, "xhigh": 3122, "max": 7024}
THREE_QUALITIES = {"low": 200, "medium": 1756, "high": 7024}
AREA = 1024 * 1024


@dataclass(frozen=True)
class Model:
    """One live model. tokens: output tokens of a 1024x1024 picture by quality."""

    id: str
    released: str
    tokens: dict[str, int]
    transparent: bool = True

    def as_object(self) -> dict[str, Any]:
        created = int(datetime.fromisoformat(self.released).replace(tzinfo=UTC).timestamp())
        return {
            "id": self.id,
            "object": "model",
            "created": created,
            "owned_by": "system",
            "shutdown_date": None,
        }

    def output_tokens(self, quality: str, width: int, height: int, partials: int) -> int:
        return round(self.tokens[quality] * width * height / AREA) + 100 * partials


MODELS = {
    model.id: model
    for model in (
        Model("gpt-image-2.6-flare", "2026-11-04", FIVE_QUALITIES),
        Model("gpt-image-2.6-sunburst", "2026-11-04", FIVE_QUALITIES),
        Model("gpt-image-2.5-flare", "2026-09-08", FIVE_QUALITIES),
        Model("gpt-image-2.5-flare-2026-09-08", "2026-09-08", FIVE_QUALITIES),
        Model("gpt-image-2.5-sunburst", "2026-09-08", FIVE_QUALITIES),
        Model("gpt-image-2.5-sunburst-2026-09-08", "2026-09-08", FIVE_QUALITIES),
        Model("gpt-image-2", "2026-04-21", THREE_QUALITIES, transparent=False),
        Model("gpt-image-2-2026-04-21", "2026-04-21", THREE_QUALITIES, transparent=False),
    )
}
