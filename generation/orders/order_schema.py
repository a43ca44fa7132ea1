"""What orders a model takes, as a JSON Schema (2020-12): what it refuses would be refused, too."""

from typing import Any, Final

from billing.models import PricingTier
from generation.catalog.parameters import (
    COMPRESSED,
    DEFAULTS,
    NO_COMPRESSION,
    PARAMETERS,
    TRANSPARENT,
    WITH_ALPHA,
    Integer,
)
from generation.catalog.sizes import AUTO, MAX_EDGE, MAX_PIXELS, MAX_RATIO, MIN_PIXELS, STEP
from generation.models import ImageModel
from generation.orders.order import MAX_PROMPT

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final = {"type": "string", "pattern": "^rfe_"}
_CUSTOM: Final = {
    "type": "string",
    "pattern": "^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$",
    "description": f"Width and height in pixels: both divisible by {STEP}, at most {MAX_EDGE} each, up to {MAX_RATIO} times "
    f"as long as wide, {MIN_PIXELS:,} to {MAX_PIXELS:,} pixels in all.",
}


def order_schema(model: ImageModel, tier: PricingTier) -> dict[str, Any]:
    """Describe the orders that a model takes from workspaces of this tier.

    It speaks of what depends on the model; an order has other fields, too.
    """
    most = min(model.max_images, tier.images_per_request)
    return {
        "$schema": DIALECT,
        "title": f"Orders of {model.label}",
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "minLength": 1, "maxLength": MAX_PROMPT, "pattern": r"\S"},
            "model": {"enum": [model.slug, *model.aliases]},
            "n": {"type": ["integer", "null"], "minimum": 1, "maximum": most, "default": 1},
            **{name: _parameter(name, model) for name in PARAMETERS},
            "references": {"type": ["array", "null"], "items": _ID, "maxItems": model.max_references},
            "mask": {"anyOf": [_ID, {"type": "null"}]} if model.supports_mask else {"type": "null"},
        },
        "required": ["prompt"],
        "allOf": _together(),
    }


def _parameter(name: str, model: ImageModel) -> dict[str, Any]:
    kind, default = PARAMETERS[name], DEFAULTS[name]
    if isinstance(kind, Integer):
        return {"type": ["integer", "null"], "minimum": kind.least, "maximum": kind.most}
    if name == "size":
        listed = {"enum": [AUTO, *(one for one in model.sizes if one != AUTO), None]}
        return {"anyOf": [listed, _CUSTOM] if model.custom_sizes else [listed], "default": AUTO}
    values = getattr(model, kind.offered or "qualities")
    return {
        "enum": [*dict.fromkeys([default, *values] if default == AUTO else values), None],
        "default": default,
    }


def _together() -> list[dict[str, Any]]:
    """Describe what values exclude each other."""
    lossless = {"not": _says("output_format", {"enum": sorted(COMPRESSED)})}
    opaque = _says("output_format", {"not": {"enum": [*sorted(WITH_ALPHA), None]}})
    has_mask = _says("mask", {"type": "string"})
    return [
        {"if": lossless, "then": {"properties": {"output_compression": {"enum": [NO_COMPRESSION, None]}}}},
        {"if": opaque, "then": {"properties": {"background": {"not": {"const": TRANSPARENT}}}}},
        {
            "if": has_mask,
            "then": {
                "properties": {"references": {"type": "array", "minItems": 1}},
                "required": ["references"],
            },
        },
    ]


def _says(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {name: value}, "required": [name]}
