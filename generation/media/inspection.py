"""Inspection of delivered images. Runs on a few threads, never on the loop."""

import math
from dataclasses import dataclass

import pyvips

from generation.media import png
from generation.media.small import rendering

PREVIEW = 512
MAX_PIXELS = 40_000_000
MAX_BYTES = 50 * 1024 * 1024
OPAQUE = {"uchar": 255, "ushort": 65_535}
_LOOKS = {"png": png.SIGNATURE, "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}


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
    """What is known of an image once every byte of it was read; width and height are pixels."""

    format: str
    width: int
    height: int


def detect_format(data: bytes) -> str:
    """Return `png`, `jpeg` or `webp` by the first bytes, or nothing."""
    found = next((name for name, start in _LOOKS.items() if data.startswith(start)), "")
    return "" if found == "webp" and data[8:12] != b"WEBP" else found


def inspect(data: bytes, ordered: ExpectedImage) -> InspectedImage:
    """Read an image completely, and compare it with what was ordered.

    Raises:
        WrongImage: it does not decode, or is not what was ordered.
    """
    found = detect_format(data)
    if found != ordered.format:
        raise WrongImage(f"{found or 'no image'} instead of {ordered.format}")
    if len(data) > MAX_BYTES:
        raise WrongImage(f"{len(data):,} bytes")
    # Whether there is transparency is seen in the pixels.
    proved = png.prove(data, MAX_PIXELS) if found == "png" and not ordered.transparent else None
    try:
        head = proved or pyvips.Image.new_from_buffer(data, "")
        width, height = head.width, head.height
        if ordered.width and (width, height) != (ordered.width, ordered.height):
            raise WrongImage(f"{width}x{height} instead of {ordered.width}x{ordered.height}")
        if width * height > MAX_PIXELS:
            raise WrongImage(f"{width}x{height} is too large")
        if not proved:
            _decode(data, transparent=ordered.transparent)
    except pyvips.Error as error:
        raise WrongImage(f"does not decode: {error}") from error
    return InspectedImage(found, width, height)


def shrink_to(data: bytes, pixels: int) -> bytes:
    """Return the image with at most so many pixels, in the same format; unchanged if it has no more.

    Raises:
        WrongImage: it does not decode.
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
        WrongImage: it does not decode.
    """
    if not detect_format(data):
        raise WrongImage("no image")
    try:
        return rendering.webp(rendering.shrunk(rendering.decoded(data), PREVIEW), quality=70)
    except pyvips.Error as error:
        raise WrongImage(f"does not decode: {error}") from error


def _decode(data: bytes, *, transparent: bool) -> None:
    whole = rendering.decoded(data)
    if transparent and not whole.hasalpha():
        raise WrongImage("opaque instead of transparent")
    # A mean needs every pixel; the least one is found without those behind it.
    mean = whole.extract_band(whole.bands - 1).avg()
    if transparent and mean == OPAQUE.get(whole.format):
        raise WrongImage("opaque instead of transparent")
