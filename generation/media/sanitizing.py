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
from generation.media import inspection, thumbhash
from generation.media.concurrency import FairSlots, SlotsBusy
from generation.media.programs import run_limited
from generation.media.programs.run_limited import Limits

MAX_BYTES = 20 * 1024 * 1024
LIMITS = Limits(cpu_seconds=10, memory=1 << 30, seconds=20)
"""25 megapixels take up to 5 seconds of processor time and 600 MB (measured)."""
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
HEAD = 24
"""Bytes that identify a file's format and hold a PNG's size."""
_PROGRAM = Path(__file__).parent / "programs" / "reencode.py"

BROKEN = "The image is damaged or cut off. Nothing was kept; export it again and upload the new file."
SENTENCES = {
    "frames": "Animated images can't be references. Nothing was kept; upload a still image.",
    "dimensions": "The image has too many pixels: the limits are 25 megapixels and 8,192 pixels on an edge. Nothing was kept; upload a smaller one.",
    "broken": BROKEN,
}
NOT_AN_IMAGE = (
    "Only PNG, JPEG and WebP images can be uploaded, whatever the file is called. Nothing was kept."
)


@dataclass(frozen=True, slots=True)
class SanitizedImage:
    """An image made anew from the pixels of another: upright, sRGB, without metadata.

    `format` is png, jpeg or webp; `thumbnail` is WebP.
    """

    data: bytes
    format: str
    width: int
    height: int
    has_alpha: bool
    thumbnail: bytes
    thumbhash: bytes


def sanitize(file: File, whose: Hashable) -> SanitizedImage:
    """Decode and re-encode an image in a child process with limited memory, time and nothing to write to.

    Args:
        file: at its beginning.
        whose: the workspace; none can take all places.

    Raises:
        FileTooLarge: more than 20 MB.
        FileTypeRefused: not PNG, JPEG or WebP by its content.
        FileRefused: too many pixels, several frames, damaged, or too much for the decoder.
        SlotsBusy: too many images are being read right now.
    """
    if (file.size or 0) > MAX_BYTES:
        raise FileTooLarge(
            "The file is larger than 20 MB. Nothing was kept; upload a smaller one.", param="file"
        )
    head = file.read(HEAD)
    if not inspection.detect_format(head):
        raise FileTypeRefused(NOT_AN_IMAGE, param="file")
    # Refused at once, without starting a process.
    if head.startswith(b"\x89PNG") and _too_many_pixels(head):
        raise FileRefused(SENTENCES["dimensions"], param="file")
    with SLOTS.taken(whose, TIMEOUT_SECONDS):
        facts, parts = _in_child(head + file.read(MAX_BYTES))
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
    )


def _too_many_pixels(png: bytes) -> bool:
    if len(png) < HEAD:
        return False
    width, height = struct.unpack(">II", png[16:HEAD])
    return bool(width * height > 25_000_000 or max(width, height) > 8192)  # noqa: PLR2004 -- as reencode.py has it


def _in_child(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    line, found, rest = (run_limited.run_limited(_PROGRAM, data, LIMITS) or b"").partition(b"\n")
    if not found:
        raise FileRefused(BROKEN, param="file")
    facts: dict[str, Any] = json.loads(line)
    parts, at = [], 0
    for size in facts.get("sizes", ()):
        parts.append(rest[at : at + size])
        at += size
    return facts, parts
