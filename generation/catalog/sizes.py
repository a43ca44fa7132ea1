"""Sizes by aspect ratio: 1536x1024 and 3072x2048 are both 3:2."""

import re
from collections.abc import Sequence
from math import gcd, log
from typing import NamedTuple

from core.inputs import parsing
from generation.errors import InvalidOrder

ANY = "auto"
CUSTOM = "custom"
"""Stands for a size that is in no list, where a model accepts any."""


def shape_of(size: str) -> str:
    """Return the aspect ratio of a size: "3:2", or "auto" where the model chooses."""
    width, _, height = size.partition("x")
    wide, high = parsing.number(width), parsing.number(height, least=1)
    if wide is None or high is None:
        return ANY
    divisor = gcd(wide, high)
    return f"{wide // divisor}:{high // divisor}"


def shape_name(size: str) -> str:
    """Name a shape as people know it: 1216x832 is close to 3:2, and nobody calls it 19:13."""
    shape = shape_of(size)
    if shape == ANY or shape in _PLAIN:
        return shape
    width, height = map(int, shape.split(":"))
    near = min(_KNOWN, key=lambda name: _distance(name, width / height))
    return near if _distance(near, width / height) < _CLOSE else shape


def _distance(shape: str, ratio: float) -> float:
    width, height = map(int, shape.split(":"))
    return abs(log(width / height / ratio))


def group(sizes: Sequence[str]) -> dict[str, list[str]]:
    """Group a model's sizes by aspect ratio, in the order in which the model lists them, `auto` last."""
    shapes: dict[str, list[str]] = {}
    for size in sizes or (AUTO,):
        shapes.setdefault(shape_of(size), []).append(size)
    if free := shapes.pop(ANY, None):
        shapes[ANY] = free
    return shapes


AUTO = "auto"
STEP = 16
_KNOWN = ("1:1", "4:3", "3:2", "16:9", "2:1", "3:1", "3:4", "2:3", "9:16", "1:2", "1:3")
_PLAIN = {*_KNOWN, "5:4", "4:5", "7:5", "5:7", "8:5", "5:8", "21:9", "9:21"}
_CLOSE = 0.05
MAX_EDGE = 3840
MAX_RATIO = 3
MIN_PIXELS = 655_360
MAX_PIXELS = 3840 * 2160
MEGAPIXEL = 1024 * 1024
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
    _check_limits(size)
    if size.width % STEP or size.height % STEP:
        words = f"Width and height must be divisible by {STEP}"
        near = _nearest_in_grid(size)
        if near is None:
            raise InvalidOrder(f"{words}.", param="size")
        raise InvalidOrder(f"{words}; {near} would work.", param="size", nearest=str(near))


def _nearest_in_grid(size: Size) -> Size | None:
    """Return the nearest size that models keep to; None if the nearest of the grid is beyond a limit."""
    near = Size(*(max(STEP, round(edge / STEP) * STEP) for edge in size))
    try:
        _check_limits(near)
    except InvalidOrder:
        return None
    return near


def _check_limits(size: Size) -> None:
    if max(size) > MAX_EDGE or size.pixels > MAX_PIXELS:
        raise InvalidOrder(f"{size} is too large; the maximum is 3840x2160.", param="size")
    if max(size) > MAX_RATIO * min(size):
        raise InvalidOrder(f"{size} is too narrow; the ratio must be from 1:3 to 3:1.", param="size")
    if size.pixels < MIN_PIXELS:
        raise InvalidOrder(f"{size} is too small; the minimum is about 640x1024.", param="size")
