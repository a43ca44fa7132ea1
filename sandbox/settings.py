"""Settings of the twins, read from the environment once, at the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Settings:
    """All settings of the twins.

    port: SANDBOX_PORT, where they listen on 127.0.0.1.
    state: SANDBOX_STATE, a JSON file that keeps Stripe's objects over a restart.
    latency: SANDBOX_LATENCY, seconds that an image takes (partial images are spread over them).
    detail: SANDBOX_DETAIL, pixels along its longer side that an image is drawn with before it is enlarged; 0 draws all.
    fal_concurrency: SANDBOX_FAL_CONCURRENCY, requests that fal's twin works on at once; the others wait there.
    webhook_url, webhook_secret: SANDBOX_WEBHOOK_URL and SANDBOX_WEBHOOK_SECRET, an endpoint that Stripe's twin
    knows from the start.
    """

    port: int = 9100
    state: Path | None = None
    latency: float = 0.0
    detail: int = 0
    fal_concurrency: int = 2
    webhook_url: str = ""
    webhook_secret: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings. Raises ValueError with a sentence that names what is wrong."""
        state = environment.get("SANDBOX_STATE", "")
        settings = cls(
            port=int(_number(environment, "SANDBOX_PORT", cls.port)),
            state=Path(state) if state else None,
            latency=_number(environment, "SANDBOX_LATENCY", cls.latency),
            detail=int(_number(environment, "SANDBOX_DETAIL", cls.detail)),
            fal_concurrency=int(_number(environment, "SANDBOX_FAL_CONCURRENCY", cls.fal_concurrency)),
            webhook_url=environment.get("SANDBOX_WEBHOOK_URL", ""),
            webhook_secret=environment.get("SANDBOX_WEBHOOK_SECRET", ""),
        )
        if settings.webhook_url and not settings.webhook_secret.startswith("whsec_"):
            raise ValueError(
                "SANDBOX_WEBHOOK_SECRET must start with whsec_ where SANDBOX_WEBHOOK_URL is set."
            )
        return settings


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {text!r}.") from None
    if number < 0:
        raise ValueError(f"{name} must not be negative.")
    return number
