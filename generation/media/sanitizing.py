"""Decoding of untrusted images in a child process with resource limits."""

import json
import struct
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.base import File

from generation.errors import FileRefused, FileTooLarge, FileTypeRefused
from generation.media import formats
from generation.media.concurrency import FairSlots, SlotsBusy
from generation.media.programs import run_limited
from generation.media.programs.run_limited import Limits
from generation.media.small import thumbhash

MAX_GIVEN_BYTES = formats.MOST_MB * 1024 * 1024
MAX_BYTES = 20 * 1024 * 1024
"""Bytes of what is kept of it; less than any provider takes."""
MAX_PIXELS, MAX_EDGE = 25_000_000, 8192
"""Pixels of what is kept; more are scaled down."""
MAX_GIVEN_PIXELS, MAX_GIVEN_JPEG_PIXELS = 64_000_000, 120_000_000
"""Pixels that are decoded. A JPEG can be decoded at half its size or less, so it may have more."""
LEAST_EDGE = 8
"""Pixels on each edge, before and after."""
LIMITS = Limits(cpu_seconds=20, memory=3 << 29, seconds=40)
"""64 megapixels of noise with transparency take 9 seconds of processor time and 1 GB (measured)."""
SLOTS = FairSlots(
    3,
    each=2,
    busy=lambda: SlotsBusy(
        "Too many images are being read right now. Nothing was kept or charged; try again in a moment.",
        retry_after=2,
    ),
)
TIMEOUT_SECONDS = 5.0
"""Seconds to wait for a place."""
_PROGRAM = Path(__file__).parent / "programs" / "reencode.py"

BROKEN = "The image is damaged, cut off, or too much work to read. Nothing was kept; export it again, smaller if it is large, and upload the new file."
SENTENCES = {
    "dimensions": "The image has too many pixels: the limits are 64 megapixels, and 120 for JPEG. Nothing was kept; upload a smaller one.",
    "least": f"The image is too small: it needs at least {LEAST_EDGE}x{LEAST_EDGE} pixels. Nothing was kept; upload a larger one.",
    "broken": BROKEN,
}
NOTES = {
    "frame": "It is animated; only its first frame was kept.",
    "page": "It has several pages; only the first was kept.",
    "main": "It holds several images; only the main one was kept.",
    "scaled": "It was scaled down to {width}x{height} pixels.",
}


@dataclass(frozen=True, slots=True)
class SanitizedImage:
    """An image made anew from the pixels of another: upright, sRGB, without metadata.

    `format` is png, jpeg or webp; `thumbnail` is WebP; `note` says what of the file was not kept, for whoever gave it.
    """

    data: bytes
    format: str
    width: int
    height: int
    has_alpha: bool
    thumbnail: bytes
    thumbhash: bytes
    note: str = ""


def sanitize(file: File, whose: Hashable, *, is_mask: bool = False) -> SanitizedImage:
    """Decode and re-encode an image in a child process with limited memory, time and nothing to write to.

    Args:
        file: at its beginning.
        whose: the workspace; none can take all places.
        is_mask: whether it has to become a PNG.

    Raises:
        FileTooLarge: more than 50 MB.
        FileTypeRefused: none of our formats by its content.
        FileRefused: too many pixels or too few, damaged, or too much for the decoder.
        SlotsBusy: too many images are being read right now.
    """
    if (file.size or 0) > MAX_GIVEN_BYTES:
        raise FileTooLarge(formats.TOO_LARGE, param="file")
    head = file.read(formats.NEEDED)
    if not formats.is_known(head):
        raise FileTypeRefused(formats.NOT_AN_IMAGE, param="file")
    # Refused at once, without starting a process.
    if head.startswith(b"\x89PNG") and _too_many_pixels(head):
        raise FileRefused(SENTENCES["dimensions"], param="file")
    with SLOTS.taken(whose, TIMEOUT_SECONDS):
        facts, parts = _in_child(head + file.read(MAX_GIVEN_BYTES), is_mask=is_mask)
    if why := facts.get("refused"):
        raise FileRefused(SENTENCES[why], param="file")
    written, thumbnail, tiny = parts
    width, height = facts["tiny"]
    return SanitizedImage(
        data=written,
        format=facts["format"],
        width=facts["width"],
        height=facts["height"],
        has_alpha=facts["alpha"],
        thumbnail=thumbnail,
        thumbhash=thumbhash.encode(np.frombuffer(tiny, np.uint8).reshape(height, width, 4)),
        note=" ".join(NOTES[note].format_map(facts) for note in facts["notes"]),
    )


def _too_many_pixels(png: bytes) -> bool:
    if len(png) < formats.NEEDED:
        return False
    width, height = struct.unpack(">II", png[16:24])
    return bool(width * height > MAX_GIVEN_PIXELS)


def _in_child(data: bytes, *, is_mask: bool) -> tuple[dict[str, Any], list[bytes]]:
    told = {
        "pixels": MAX_PIXELS,
        "edge": MAX_EDGE,
        "least": LEAST_EDGE,
        "given_pixels": MAX_GIVEN_PIXELS,
        "jpeg_pixels": MAX_GIVEN_JPEG_PIXELS,
        "bytes": MAX_BYTES,
        "is_mask": is_mask,
    }
    given = json.dumps(told).encode() + b"\n" + data
    line, found, rest = (run_limited.run_limited(_PROGRAM, given, LIMITS) or b"").partition(b"\n")
    if not found:
        raise FileRefused(BROKEN, param="file")
    facts: dict[str, Any] = json.loads(line)
    parts, at = [], 0
    for size in facts.get("sizes", ()):
        parts.append(rest[at : at + size])
        at += size
    return facts, parts
