"""Sizes in a table: `3:2`, `1536x1024` with any multiplication sign, `auto`."""

import math
import re

from generation.catalog import sizes
from generation.catalog.sizes import ANY, AUTO, MEGAPIXEL, STEP, Size, group
from generation.errors import InvalidOrder
from generation.models import ImageModel

_RATIO = re.compile(r"([1-9][0-9]{0,4})\s*[:/]\s*([1-9][0-9]{0,4})", re.ASCII)
_PIXELS = re.compile(
    "([1-9][0-9]{0,4})\\s*[x*\N{MULTIPLICATION SIGN}]\\s*([1-9][0-9]{0,4})", re.ASCII | re.IGNORECASE
)


def size_for(text: str, model: ImageModel) -> str:
    """Convert a cell to a model's size in pixels; `order.check` decides whether the model can make it.

    Raises:
        InvalidOrder: it is not a size, or a shape that the model can't make; `nearest` is one that it can.
    """
    said = text.strip().lower()
    if said in {"", AUTO}:
        return AUTO
    if pixels := _PIXELS.fullmatch(said):
        wanted = Size(int(pixels[1]), int(pixels[2]))
        if str(wanted) in model.sizes or model.custom_sizes:
            return str(wanted)
        raise _refusal(str(wanted), wanted, model)
    ratio = _RATIO.fullmatch(said)
    if not ratio:
        raise InvalidOrder(
            f"“{text[:40]}” is not a size. Write a shape like 3:2 or pixels like 1536x1024.",
            param="size",
            nearest=next(iter(group(model.sizes))),
        )
    width, height = int(ratio[1]), int(ratio[2])
    divisor = math.gcd(width, height)
    known = group(model.sizes).get(f"{width // divisor}:{height // divisor}")
    if known:
        return known[0]
    made = _about_a_megapixel(width / height)
    try:
        sizes.check_custom(made)
    except InvalidOrder:
        raise _refusal(f"{width}:{height}", Size(width, height), model) from None
    if not model.custom_sizes:
        raise _refusal(f"{width}:{height}", Size(width, height), model)
    return str(made)


def _about_a_megapixel(ratio: float) -> Size:
    height = math.sqrt(MEGAPIXEL / ratio)
    return Size(max(STEP, round(height * ratio / STEP) * STEP), max(STEP, round(height / STEP) * STEP))


def _refusal(said: str, wanted: Size, model: ImageModel) -> InvalidOrder:
    ratios = {name: _ratio_of(name) for name in group(model.sizes) if name != ANY}
    if not ratios:
        return InvalidOrder(f"{model.label} chooses the size itself.", param="size", nearest=AUTO)
    ratio = wanted.width / wanted.height
    near = min(ratios, key=lambda name: abs(math.log(ratios[name] / ratio)))
    words = f"{model.label} can't make {said}."
    if ratio > max(ratios.values()):
        words = f"{said} is wider than {model.label} can make."
    elif ratio < min(ratios.values()):
        words = f"{said} is taller than {model.label} can make."
    return InvalidOrder(f"{words} The nearest is {near}.", param="size", nearest=near)


def _ratio_of(shape: str) -> float:
    width, _, height = shape.partition(":")
    return int(width) / int(height)
