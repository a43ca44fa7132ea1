"""How large the small versions of an image are, and what to write in `srcset`."""

from typing import Final

THUMBNAIL: Final = 512
MEDIUM, LARGE_MEDIUM = 1024, 1600
"""Longest edges; nothing is made larger than it was."""


def medium_edge(width: int, height: int) -> int:
    """Return the longest edge of an image's medium version; 0 if it has none, being hardly larger itself.

    Images beyond 1,600 pixels weigh 3 to 10 MB: a laptop's screen would have to load them if the medium had 1,024.
    """
    longest = max(width, height)
    return LARGE_MEDIUM if longest > LARGE_MEDIUM else MEDIUM if longest > MEDIUM else 0


def width_within(width: int, height: int, edge: int) -> int:
    """Return the width of an image that was scaled down to fit a square; as it is if it fits already."""
    return max(1, round(width * min(1, edge / max(width, height, 1))))
