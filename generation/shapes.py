"""Sizes by aspect ratio: 1536x1024 and 3072x2048 are both 3:2."""

from collections.abc import Sequence
from math import gcd

from accounts import reading
from generation.sizes import AUTO

ANY = "auto"
CUSTOM = "custom"
"""Stands for a size that is in no list, where a model accepts any."""


def shape_of(size: str) -> str:
    """Return the aspect ratio of a size: "3:2", or "auto" where the model chooses."""
    width, _, height = size.partition("x")
    wide, high = reading.number(width), reading.number(height, least=1)
    if wide is None or high is None:
        return ANY
    divisor = gcd(wide, high)
    return f"{wide // divisor}:{high // divisor}"


def group(sizes: Sequence[str]) -> dict[str, list[str]]:
    """Group a model's sizes by aspect ratio, in the order in which the model lists them, `auto` last."""
    shapes: dict[str, list[str]] = {}
    for size in sizes or (AUTO,):
        shapes.setdefault(shape_of(size), []).append(size)
    if free := shapes.pop(ANY, None):
        shapes[ANY] = free
    return shapes
