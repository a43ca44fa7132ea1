"""Sizes in pixels: how they are written, and which custom ones a model accepts."""

import re
from typing import NamedTuple

from generation.errors import InvalidOrder

AUTO = "auto"
STEP = 16
MAX_EDGE = 3840
MAX_RATIO = 3
MIN_PIXELS = 655_360
MAX_PIXELS = 3840 * 2160
MEGAPIXEL = 1024 * 1024
CLASSES = (1_200_000, 1_600_000, 2_400_000, 4_200_000, 8_300_000)
"""The most pixels of each size class: what an image costs us, and so its price, may differ by class."""
_FORM = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


EXAMPLES = (Size(1024, 1024), Size(1536, 1024), Size(2048, 1152), Size(2048, 2048), Size(3840, 2160))
"""The usual size of each class."""


def class_of(pixels: int) -> int:
    """Return the number, from 0, of the size class for so many pixels; the last one has no upper limit."""
    return next((number for number, most in enumerate(CLASSES) if pixels <= most), len(CLASSES) - 1)


def megapixels(pixels: int) -> int:
    """Return the megapixels begun, at least one."""
    return max(1, -(-pixels // MEGAPIXEL))


def parse(text: str) -> Size | None:
    """Parse `WxH`; None for `auto`, where the model chooses.

    Raises:
        InvalidOrder: the text is neither.
    """
    if text == AUTO:
        return None
    found = _FORM.fullmatch(text)
    if not found:
        raise InvalidOrder('The size must be "auto" or width x height, for example 1024x1024.', param="size")
    return Size(int(found[1]), int(found[2]))


def check_custom(size: Size) -> None:
    """Refuse a custom size that image models do not keep to.

    Upstream answers off-grid sizes with another size and no error, so they are refused here: both edges must be
    divisible by 16, the ratio from 1:3 to 3:1, 655,360 to 8,294,400 pixels, no edge over 3,840.

    Raises:
        InvalidOrder: the message says which rule, and names a size that works.
    """
    if size.width % STEP or size.height % STEP:
        near = Size(*(max(STEP, round(edge / STEP) * STEP) for edge in size))
        raise InvalidOrder(
            f"Width and height must be divisible by {STEP}; {near} would do.", param="size", nearest=str(near)
        )
    if max(size) > MAX_EDGE or size.pixels > MAX_PIXELS:
        raise InvalidOrder(f"{size} is too large; 3840x2160 is the most.", param="size")
    if max(size) > MAX_RATIO * min(size):
        raise InvalidOrder(f"{size} is too narrow; the ratio may be 1:3 to 3:1.", param="size")
    if size.pixels < MIN_PIXELS:
        raise InvalidOrder(f"{size} is too small; about 640x1024 is the least.", param="size")
