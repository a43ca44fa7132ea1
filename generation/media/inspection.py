"""Inspection of delivered images, and their small versions. Runs on a few threads, never on the loop."""

import math
from dataclasses import dataclass

import numpy as np
import pyvips

from generation.media import thumbhash
from generation.media.versions import MEDIUM, THUMBNAIL

PREVIEW = 512
HASHED = 32
MAX_PIXELS = 40_000_000
MAX_BYTES = 50 * 1024 * 1024
OPAQUE = 255
_LOOKS = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}

# No image is processed twice.
pyvips.cache_set_max(0)
# One core per image: several are always under way.
pyvips.vips_lib.vips_concurrency_set(1)


class WrongImage(ValueError):  # noqa: N818 -- what came is wrong, not the program
    """The bytes are not the image that was ordered; the message says in which way, for operators."""


@dataclass(frozen=True, slots=True)
class ExpectedImage:
    """What a delivered image must be; without width and height if the model chose them."""

    format: str
    width: int | None
    height: int | None
    transparent: bool

    @property
    def pixels(self) -> int | None:
        """Width times height, if they were ordered."""
        return self.width * self.height if self.width and self.height else None


@dataclass(frozen=True, slots=True)
class InspectedImage:
    """What is known of an image once it was decoded completely.

    `thumbnail` and `medium` are WebP; `medium` is empty if the original is hardly larger.
    """

    format: str
    width: int
    height: int
    thumbnail: bytes
    medium: bytes
    thumbhash: bytes


def detect_format(data: bytes) -> str:
    """Return `png`, `jpeg` or `webp` by the first bytes, or nothing."""
    found = next((name for name, start in _LOOKS.items() if data.startswith(start)), "")
    return "" if found == "webp" and data[8:12] != b"WEBP" else found


def inspect(data: bytes, ordered: ExpectedImage) -> InspectedImage:
    """Decode an image completely and make its small versions.

    Raises:
        WrongPicture: it does not decode, or is not what was ordered.
    """
    found = detect_format(data)
    if found != ordered.format:
        raise WrongImage(f"{found or 'no image'} instead of {ordered.format}")
    if len(data) > MAX_BYTES:
        raise WrongImage(f"{len(data):,} bytes")
    try:
        head = pyvips.Image.new_from_buffer(data, "")
        width, height = head.width, head.height
        if ordered.width and (width, height) != (ordered.width, ordered.height):
            raise WrongImage(f"{width}x{height} instead of {ordered.width}x{ordered.height}")
        if width * height > MAX_PIXELS:
            raise WrongImage(f"{width}x{height} is too large")
        if ordered.transparent and (not head.hasalpha() or _lowest_alpha(data) == OPAQUE):
            raise WrongImage("opaque instead of transparent")
        return _derived(data, found, width, height)
    except pyvips.Error as error:
        raise WrongImage(f"does not decode: {error}") from error


def shrink_to(data: bytes, pixels: int) -> bytes:
    """Return the image with at most so many pixels, in the same format; unchanged if it has no more.

    Raises:
        WrongPicture: it does not decode.
    """
    try:
        head = pyvips.Image.new_from_buffer(data, "")
        if head.width * head.height <= pixels:
            return data
        scale = math.sqrt(pixels / (head.width * head.height))
        width, height = (max(1, int(edge * scale)) for edge in (head.width, head.height))
        small = pyvips.Image.thumbnail_buffer(data, width, height=height, size="force")
        options = {"compression": 4} if (kind := detect_format(data)) == "png" else {"Q": 95}
        written: bytes = small.write_to_buffer(f".{kind}", **options)
    except pyvips.Error as error:
        raise WrongImage(f"does not decode: {error}") from error
    return written


def preview(data: bytes) -> bytes:
    """Make a small WebP of a partial image.

    Raises:
        WrongPicture: it does not decode.
    """
    if not detect_format(data):
        raise WrongImage("no image")
    try:
        return _webp(_shrunk(data, PREVIEW), quality=70)
    except pyvips.Error as error:
        raise WrongImage(f"does not decode: {error}") from error


def _derived(data: bytes, found: str, width: int, height: int) -> InspectedImage:
    large = max(width, height) > MEDIUM
    middle = _shrunk(data, MEDIUM) if large else None
    small = middle.thumbnail_image(THUMBNAIL, size="down") if middle else _shrunk(data, THUMBNAIL)
    return InspectedImage(
        format=found,
        width=width,
        height=height,
        thumbnail=_webp(small, quality=80),
        medium=_webp(middle, quality=82) if middle else b"",
        thumbhash=_thumbhash(small),
    )


def _shrunk(data: bytes, edge: int) -> pyvips.Image:
    """Decode completely and scale down: vips' thumbnailing misses truncated files and wrong checksums."""
    whole = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="truncated")
    if (step := max(whole.width, whole.height) // edge) > 1 and not whole.hasalpha():
        # Averaging whole blocks first costs a third of resampling everything.
        whole = whole.shrink(step, step, ceil=True)
    return whole.thumbnail_image(edge, height=edge, size="down").copy_memory()


def _lowest_alpha(data: bytes) -> int:
    image = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="truncated")
    return int(image.extract_band(image.bands - 1).min())


def _webp(image: pyvips.Image, *, quality: int) -> bytes:
    written: bytes = image.webpsave_buffer(Q=quality, effort=0, keep="none")
    return written


def _thumbhash(image: pyvips.Image) -> bytes:
    # Low frequencies need no better resampling than averages of whole blocks.
    step = max(1, max(image.width, image.height) // HASHED)
    tiny = image.shrink(step, step)
    tiny = tiny if tiny.interpretation == "srgb" else tiny.colourspace("srgb")
    tiny = tiny if tiny.hasalpha() else tiny.bandjoin(OPAQUE)
    pixels = np.frombuffer(tiny.cast("uchar").write_to_memory(), np.uint8).reshape(tiny.height, tiny.width, 4)
    return thumbhash.encode(pixels)
