"""fal's charges for a request, by the images that went in and came out.

Source: the pricing sections of fal.ai/models/…/llms.txt, of November 2026, see the seeds of the product; written
here anew, so that neither copies the other's mistakes. A megapixel is 1024 x 1024, rounded up for each image.
"""

import io
import math
from collections.abc import Callable, Iterable
from fractions import Fraction

from PIL import Image

MEGAPIXEL = 1024 * 1024

type Size = tuple[int, int]


def size_of(content: bytes) -> Size:
    """Width and height of a picture."""
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def _flat(dollars: str) -> Callable[[int, int], Fraction]:
    """For each megapixel, whichever way it goes."""
    return lambda into, out: Fraction(dollars) * (into + out)


def _falling(first: str, further: str) -> Callable[[int, int], Fraction]:
    """The first megapixel is dearer."""
    return lambda into, out: Fraction(first) + Fraction(further) * (into + out - 1)


TARIFFS: dict[str, Callable[[int, int], Fraction]] = {
    "fal-ai/flux-2/klein/9b/edit": _flat("0.011"),
    "fal-ai/flux-2/klein/9b": _flat("0.006"),
    "fal-ai/flux-2-pro": _falling("0.03", "0.015"),
    "fal-ai/flux-2-pro/edit": _falling("0.03", "0.015"),
    "fal-ai/flux-2-flex": _flat("0.05"),
    "fal-ai/flux-2-flex/edit": _flat("0.05"),
    "fal-ai/flux-2-max": _falling("0.07", "0.03"),
    "fal-ai/flux-2-max/edit": _falling("0.07", "0.03"),
    "fal-ai/flux/schnell": _flat("0.003"),
    "fal-ai/flux/dev": _flat("0.025"),
    "fal-ai/qwen-image": _flat("0.02"),
}


def charge(model: str, references: Iterable[Size], pictures: Iterable[Size]) -> int | None:
    """Micro-dollars, or None where this twin doesn't know the tariff.

    Args:
        model: the path that was called.
        references: width and height of each picture that went in.
        pictures: of each that came out.
    """
    tariff = TARIFFS.get(model)
    if tariff is None:
        return None
    into, out = (
        sum(math.ceil(width * height / MEGAPIXEL) for width, height in each)
        for each in (references, pictures)
    )
    return round(tariff(into, out) * 1_000_000)
