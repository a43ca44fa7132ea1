"""A standalone program that decodes an untrusted image and encodes it anew.

Run by `limits.py` with the file on standard input. It imports nothing of the product, so that it starts
quickly and an exploit finds nothing. Standard output is one line of JSON and then the bytes that it counts: the
image, its thumbnail (WebP), and a tiny version as raw RGBA. A refusal is a line with `refused`.
"""

import io
import json
import sys
from typing import NoReturn

from PIL import (
    Image,
    ImageCms,
    ImageOps,
    WebPImagePlugin,  # noqa: F401 -- named here, or the first WebP has Pillow load all of its forty formats
)

MAX_PIXELS = 25_000_000
MAX_EDGE = 8192
THUMBNAIL = 512
TINY = 64
FORMATS = ("PNG", "JPEG", "WEBP")
SIXTEEN_BITS = 256
FACTOR = 2


def main() -> None:
    """Read, check, decode and write an image."""
    data = sys.stdin.buffer.read()
    try:
        source = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        _refuse("dimensions")
    except (OSError, ValueError, SyntaxError):
        _refuse("broken")
    kind = str(source.format)
    if source.width * source.height > MAX_PIXELS or max(source.size) > MAX_EDGE:
        _refuse("dimensions", width=source.width, height=source.height)
    if getattr(source, "n_frames", 1) > 1:
        _refuse("frames")
    try:
        source.load()
        _write(_upright(source), kind)
    except (OSError, ValueError, SyntaxError, MemoryError, ImageCms.PyCMSError):
        _refuse("broken")


def _upright(source: Image.Image) -> Image.Image:
    """Return the pixels as a person sees them: turned by EXIF, in sRGB, 8 bits, without anything else."""
    profile = source.info.get("icc_profile")
    image = ImageOps.exif_transpose(source)
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / SIXTEEN_BITS, "L")
    has_alpha = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    wanted = "RGBA" if has_alpha else "RGB"
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        image = _in_srgb(image, profile, wanted)
    image = image.convert(wanted)
    clean = Image.new(wanted, image.size)
    clean.paste(image)
    return clean


def _in_srgb(image: Image.Image, profile: bytes, wanted: str) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    color = image.convert("RGB") if alpha else image
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(color, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A broken profile says nothing about the pixels.
        return image
    assert turned is not None, "only in-place conversions return nothing"
    if alpha and wanted == "RGBA":
        turned.putalpha(alpha)
    return turned


def _write(image: Image.Image, kind: str) -> None:
    written, thumbnail = io.BytesIO(), io.BytesIO()
    if kind == "JPEG":
        image.convert("RGB").save(written, "JPEG", quality=95, subsampling=0)
    elif kind == "WEBP":
        image.save(written, "WEBP", quality=95, method=2)
    else:
        image.save(written, "PNG", compress_level=4)
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), reducing_gap=FACTOR)
    small.save(thumbnail, "WEBP", quality=80, method=2)
    tiny = small.convert("RGBA")
    tiny.thumbnail((TINY, TINY))
    parts = [written.getvalue(), thumbnail.getvalue(), tiny.tobytes()]
    facts = {
        "format": kind.lower(),
        "width": image.width,
        "height": image.height,
        "alpha": image.mode == "RGBA",
        "tiny": tiny.size,
        "sizes": [len(part) for part in parts],
    }
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + b"".join(parts))


def _refuse(why: str, **facts: int) -> NoReturn:
    sys.stdout.buffer.write(json.dumps({"refused": why, **facts}).encode() + b"\n")
    sys.exit(0)


if __name__ == "__main__":
    main()
