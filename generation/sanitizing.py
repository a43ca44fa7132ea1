"""Pictures from outside, decoded where they can do no harm."""

import json
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generation import pictures, thumbhash
from generation.errors import FileRefused, FileTooLarge, FileTypeRefused

MAX_BYTES = 20 * 1024 * 1024
SECONDS = 20
AT_ONCE = 2
_PROGRAM = str(Path(__file__).with_name("reencode.py"))
_children = threading.BoundedSemaphore(AT_ONCE)

BROKEN = "The picture is damaged or cut off. Nothing was kept; export it again and upload that."
SENTENCES = {
    "frames": "Animated pictures can't be a reference. Nothing was kept; upload a single picture.",
    "dimensions": "The picture has too many pixels: 25 megapixels and 8,192 on an edge are the most. Nothing was kept.",
    "broken": BROKEN,
}
NOT_A_PICTURE = (
    "Only PNG, JPEG and WebP pictures can be uploaded, whatever the file is called. Nothing was kept."
)


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture made anew from the pixels of another: upright, sRGB, without metadata.

    `format` is png, jpeg or webp; `thumbnail` is WebP.
    """

    data: bytes
    format: str
    width: int
    height: int
    has_alpha: bool
    thumbnail: bytes
    thumbhash: bytes


def clean(data: bytes) -> Clean:
    """Decode and re-encode a picture in a child process with limited memory, time and nothing to write to.

    Raises:
        FileTooLarge: more than 20 MB.
        FileTypeRefused: not PNG, JPEG or WebP by its content.
        FileRefused: too many pixels, several frames, damaged, or it asked too much of the decoder.
    """
    if len(data) > MAX_BYTES:
        raise FileTooLarge(
            "The file is larger than 20 MB. Nothing was kept; upload a smaller one.", param="file"
        )
    if not pictures.format_of(data):
        raise FileTypeRefused(NOT_A_PICTURE, param="file")
    if data.startswith(b"\x89PNG") and _too_many_pixels(data):  # said at once, without starting anything
        raise FileRefused(SENTENCES["dimensions"], param="file")
    facts, parts = _in_child(data)
    if why := facts.get("refused"):
        raise FileRefused(SENTENCES[why], param="file")
    written, thumbnail, tiny = parts
    width, height = facts["tiny"]
    return Clean(
        data=written,
        format=facts["format"],
        width=facts["width"],
        height=facts["height"],
        has_alpha=facts["alpha"],
        thumbnail=thumbnail,
        thumbhash=thumbhash.encode(np.frombuffer(tiny, np.uint8).reshape(height, width, 4)),
    )


def _too_many_pixels(png: bytes) -> bool:
    head = png[16:24]
    if len(head) < 8:  # noqa: PLR2004 -- two numbers of four bytes
        return False
    width, height = struct.unpack(">II", head)
    return bool(width * height > 25_000_000 or max(width, height) > 8192)  # noqa: PLR2004 -- as reencode.py has it


def _in_child(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    with _children:
        try:
            done = subprocess.run(  # noqa: S603 -- our own program, no shell, nothing of the user's in the arguments
                [sys.executable, "-I", _PROGRAM],
                input=data,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={},
                cwd="/",
            )
        except subprocess.TimeoutExpired as error:
            raise FileRefused(BROKEN, param="file") from error
    line, found, rest = done.stdout.partition(b"\n")
    if done.returncode or not found:
        raise FileRefused(BROKEN, param="file")
    facts: dict[str, Any] = json.loads(line)
    parts, at = [], 0
    for size in facts.get("sizes", ()):
        parts.append(rest[at : at + size])
        at += size
    return facts, parts
