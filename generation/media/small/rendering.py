"""Making the small versions of an image. Runs on a thread, never on the event loop."""

from dataclasses import dataclass

import numpy as np
import pyvips

from generation.media.small import thumbhash
from generation.media.small.sizes import THUMBNAIL, medium_edge

HASHED = 32
OPAQUE = 255

# No image is processed twice.
pyvips.cache_set_max(0)
# One core per image: several are always under way.
pyvips.vips_lib.vips_concurrency_set(1)


@dataclass(frozen=True, slots=True)
class SmallVersions:
    """The small versions, WebP, and the ThumbHash; `medium` is empty if the original is hardly larger."""

    thumbnail: bytes
    medium: bytes
    thumbhash: bytes


def render(data: bytes) -> SmallVersions:
    """Make the small versions of a stored image.

    Raises:
        pyvips.Error: it does not decode.
    """
    whole = decoded(data)
    edge = medium_edge(whole.width, whole.height)
    middle = shrunk(whole, edge) if edge else None
    small = middle.thumbnail_image(THUMBNAIL, size="down") if middle else shrunk(whole, THUMBNAIL)
    return SmallVersions(
        thumbnail=webp(small, quality=80),
        medium=webp(middle, quality=82) if middle else b"",
        thumbhash=_hash(small),
    )


def decoded(data: bytes) -> pyvips.Image:
    """Open an image to be decoded once, from top to bottom; a truncated one and a wrong checksum are errors."""
    return pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="truncated")


def shrunk(whole: pyvips.Image, edge: int) -> pyvips.Image:
    """Decode completely and scale down: vips' thumbnailing misses truncated files and wrong checksums."""
    if (step := max(whole.width, whole.height) // edge) > 1 and not whole.hasalpha():
        # Averaging whole blocks first costs a third of resampling everything.
        whole = whole.shrink(step, step, ceil=True)
    return whole.thumbnail_image(edge, height=edge, size="down").copy_memory()


def webp(image: pyvips.Image, *, quality: int) -> bytes:
    """Encode quickly, with no metadata."""
    written: bytes = image.webpsave_buffer(Q=quality, effort=0, keep="none")
    return written


def _hash(image: pyvips.Image) -> bytes:
    # Low frequencies need no better resampling than averages of whole blocks.
    step = max(1, max(image.width, image.height) // HASHED)
    tiny = image.shrink(step, step, ceil=True)
    tiny = tiny if tiny.interpretation == "srgb" else tiny.colourspace("srgb")
    tiny = tiny if tiny.hasalpha() else tiny.bandjoin(OPAQUE)
    pixels = np.frombuffer(tiny.cast("uchar").write_to_memory(), np.uint8).reshape(tiny.height, tiny.width, 4)
    return thumbhash.encode(pixels)
