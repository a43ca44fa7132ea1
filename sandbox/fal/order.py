"""Arguments of fal's image models, as far as FLUX and similar models agree on them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.fal.errors import FalError, of_model

SIZES = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
RATIOS = {
    "1:1": (1024, 1024),
    "4:3": (1152, 864),
    "3:4": (864, 1152),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "16:9": (1344, 768),
    "9:16": (768, 1344),
    "21:9": (1536, 640),
    "9:21": (640, 1536),
}
FORMATS = ("jpeg", "png", "webp")


@dataclass
class FalOrder:
    """Checked arguments; `references` are URLs or data URIs still to be read."""

    prompt: str
    size: tuple[int, int]
    count: int
    seed: int
    output_format: str
    references: list[str]
    sync_mode: bool
    checked: bool  # whether the safety checker is on


def no_application(model: str) -> FalError:
    """As seen by decolua/9router#993."""
    return FalError(404, f'Application "{model.partition("/")[2] or model}" not found')


def check_model(model: str) -> None:
    """Any fal-ai model will do; other owners have none here."""
    parts = model.split("/")
    if parts[0] != "fal-ai" or len(parts) < 2:
        raise no_application(model)


def check(arguments: Mapping[str, Any], model: str) -> FalOrder:
    """The order, or the 422 that the model answers with."""
    prompt = arguments.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise of_model("missing", "Field required", given=dict(arguments))
    count = arguments.get("num_images", 1)
    if not isinstance(count, int) or not 1 <= count <= 4:
        raise of_model("less_than_equal", "Input should be less than or equal to 4", "num_images", count)
    output_format = arguments.get("output_format") or ("png" if "flux-2" in model else "jpeg")
    if output_format not in FORMATS:
        raise of_model("literal_error", "Input should be 'jpeg' or 'png'", "output_format", output_format)
    given = arguments.get("image_urls") or arguments.get("image_url") or []
    seed = arguments.get("seed")
    if not isinstance(seed, int | None):
        raise of_model("int_parsing", "Input should be a valid integer", "seed", seed)
    return FalOrder(
        prompt=prompt,
        size=_size(arguments),
        count=count,
        seed=secrets.randbelow(2**32) if seed is None else seed,
        output_format=output_format,
        references=[given] if isinstance(given, str) else list(given),
        sync_mode=bool(arguments.get("sync_mode")),
        checked=bool(arguments.get("enable_safety_checker", True)),
    )


def _size(arguments: Mapping[str, Any]) -> tuple[int, int]:
    if "aspect_ratio" in arguments and "image_size" not in arguments:
        ratio = arguments["aspect_ratio"]
        if not isinstance(ratio, str) or ratio not in RATIOS:
            raise of_model(
                "literal_error", f"Input should be one of {', '.join(RATIOS)}", "aspect_ratio", ratio
            )
        return RATIOS[ratio]
    wanted = arguments.get("image_size") or "landscape_4_3"
    if isinstance(wanted, Mapping):
        sides = wanted.get("width", 512), wanted.get("height", 512)
        if not all(isinstance(side, int) and 64 <= side <= 4096 for side in sides):
            raise of_model(
                "less_than_equal", "Input should be between 64 and 4096", "image_size", dict(wanted)
            )
        return sides
    if not isinstance(wanted, str) or wanted not in SIZES:
        raise of_model("enum", f"Input should be one of {', '.join(SIZES)}", "image_size", wanted)
    return SIZES[wanted]
