"""The small versions of an image: how large they are, and what to write in `srcset`."""

from typing import Final

THUMBNAIL: Final = 512
MEDIUM: Final = 1600
"""Longest edges; nothing is made larger than it was, and no medium where the original is hardly larger."""


def width_within(width: int, height: int, edge: int) -> int:
    """Return the width of an image that was scaled down to fit a square; as it is if it fits already."""
    return max(1, round(width * min(1, edge / max(width, height, 1))))
