"""Classes of sizes by pixels: what an image costs us, and so its price, may differ from one to the next."""

CLASSES = (1_200_000, 1_600_000, 2_400_000, 4_200_000, 8_300_000)
"""The most pixels of each size class: what an image costs us, and so its price, may differ by class."""


def size_class(pixels: int) -> int:
    """Return the number, from 0, of the size class for so many pixels; the last one has no upper limit."""
    return next((number for number, most in enumerate(CLASSES) if pixels <= most), len(CLASSES) - 1)
