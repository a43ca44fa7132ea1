"""A standalone program that decodes an untrusted image and encodes it anew.

Run by `limits.py`. Standard input is one line of JSON (`pixels`, `edge`, `least`, `given_pixels`, `jpeg_pixels`,
`bytes`, `is_mask`: what `generation.media.sanitizing` says about them) and then the file. It imports nothing of the
product, so that it starts quickly and an exploit finds nothing. Standard output is one line of JSON and then the bytes
that it counts: the image, its thumbnail (WebP), and a tiny version as raw RGBA. A refusal is a line with `refused`.
"""

import io
import json
import math
import sys
from typing import Any, NoReturn

import pi_heif

# Named here, or the first file that is none of Pillow's usual five has it load all of its forty formats.
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

FORMATS = (
    PngImagePlugin.PngImageFile.format,
    JpegImagePlugin.JpegImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
    pi_heif.HeifImageFile.format,
)
CAMERA = frozenset({"JPEG", "MPO"})
"""An MPO is a JPEG with further images behind the first: another eye, a gain map, a large thumbnail."""
LOSSY = CAMERA | {"HEIF", "AVIF"}
ENDLESS = 1 << 60
FRAMES = {"GIF": "frame", "WEBP": "frame", "PNG": "frame", "AVIF": "frame", "TIFF": "page", "HEIF": "main"}
"""What one of several images is called, by format."""
THUMBNAIL = 512
TINY = 64
FACTOR = 2
SPARE = 0.9
"""Of the edges that would probably fit, since fewer pixels compress less well."""
SIXTEEN_BITS, EIGHT_BITS = 256, 255
SCALED = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
"""Modes that can be averaged."""
OF_PROFILE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "png": [{"compress_level": 4}],
    "jpeg": [{"quality": 95, "subsampling": 0}, {"quality": 88}, {"quality": 65}],
    "webp": [{"quality": 95, "method": 2}, {"quality": 75, "method": 0}],
}
"""By format, ever smaller files, for what exceeds the bytes."""


def main() -> None:
    """Read, check, decode and write an image."""
    told = json.loads(sys.stdin.buffer.readline())
    # One core for each image: several are always under way.
    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    # Our own limits follow.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image, given, notes = _decoded(sys.stdin.buffer.read(), told)
        if told["is_mask"]:
            _write(_mask(image), "png", ENDLESS, notes)
        else:
            _write(image, _kind(given, image), told["bytes"], notes)
    except (OSError, EOFError, ValueError, SyntaxError, RuntimeError, MemoryError, ImageCms.PyCMSError):
        _refuse("broken")


def _decoded(data: bytes, told: dict[str, Any]) -> tuple[Image.Image, str, list[str]]:
    """Return the pixels, the format they came in, and what of the file they leave out."""
    source = Image.open(io.BytesIO(data), formats=_formats(data))
    kind, (width, height) = str(source.format), source.size
    if width * height > told["jpeg_pixels" if kind in CAMERA else "given_pixels"]:
        _refuse("dimensions")
    size = _fitting(width, height, told)
    if min(width, height, *size) < told["least"]:
        _refuse("least")
    # Asked before the pixels are read: what is closed then has no frames any more.
    several = kind != "MPO" and getattr(source, "is_animated", False)
    notes = [FRAMES[kind]] if several else []
    if size != source.size:
        notes.append("scaled")
        if kind in CAMERA:
            # Skips what would be averaged anyway.
            source.draft(None, size)
    source.load()
    if kind not in CAMERA:
        # A HEIC may be larger than its head says.
        size = _fitting(*source.size, told)
    return _upright(source, size), kind, notes


def _formats(data: bytes) -> tuple[str, ...]:
    """Leave out HEIF where the file names AVIF among its brands: its first brand may be that of either."""
    if data[4:8] == b"ftyp" and b"avif" in data[8 : int.from_bytes(data[:4])][:256]:
        return ("AVIF",)
    return FORMATS


def _fitting(width: int, height: int, told: dict[str, Any]) -> tuple[int, int]:
    """Return the size with the most pixels that is allowed; both edges alike, and a mask like its image."""
    scale = min(1, math.sqrt(told["pixels"] / (width * height or 1)), told["edge"] / max(width, height, 1))
    return (int(width * scale), int(height * scale)) if scale < 1 else (width, height)


def _upright(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the pixels as a person sees them: turned by EXIF, in sRGB, 8 bits, without anything else."""
    profile = source.info.get("icc_profile")
    image = _in_eight_bits(source)
    if max(key := image.info.get("transparency", ()) if image.mode == "RGB" else (), default=0) > EIGHT_BITS:
        # The transparent color of a PNG of 16 bits; its pixels were cut to 8 by whoever read them.
        image.info["transparency"] = tuple(value // SIXTEEN_BITS for value in key)
    if image.mode not in SCALED or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=FACTOR)
    image = ImageOps.exif_transpose(image)
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    if profile:
        image = _in_srgb(image, profile)
    image = image.convert(wanted)
    clean = Image.new(wanted, image.size)
    clean.paste(image)
    return clean


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return an image of 16 or 32 bits, or of fractions, in grays of 8; any other as it is."""
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image
    if image.mode.startswith("I;16"):
        low, scale = 0.0, 1 / SIXTEEN_BITS
    elif image.mode in {"I", "F"}:
        low, scale = _spread(*image.getextrema())
    else:
        return image
    # A key for transparent pixels is of sixteen bits, too.
    image.info.pop("transparency", None)
    wide = image.convert("F").point(lambda value: value * scale + (-low * scale))
    gray = wide.convert("L")
    gray.info = image.info
    return gray


def _spread(low: float, high: float) -> tuple[float, float]:
    """Return what is black, and the factor that makes eight bits of what is white."""
    if low < 0:
        return low, EIGHT_BITS / (high - low or 1)
    whites = (1.0, EIGHT_BITS, SIXTEEN_BITS * SIXTEEN_BITS - 1.0)
    return 0.0, EIGHT_BITS / next((white for white in whites if high <= white), high)


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    color = image.convert(image.mode.removesuffix("A")) if alpha else image
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = OF_PROFILE.get(given.profile.xcolor_space.strip())
        if mode is None or (color.mode == "CMYK") != (mode == "CMYK"):
            return image
        srgb = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(color.convert(mode), given, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A broken profile says nothing about the pixels.
        return image
    assert turned is not None, "only in-place conversions return nothing"
    if alpha:
        turned.putalpha(alpha)
    return turned


def _mask(image: Image.Image) -> Image.Image:
    """Return its transparency alone, the only thing that counts, so that its file is as small as can be."""
    if image.mode != "RGBA":
        return image
    bare = Image.new("RGBA", image.size)
    bare.putalpha(image.getchannel("A"))
    return bare


def _kind(given: str, image: Image.Image) -> str:
    if given in LOSSY:
        return "webp" if image.mode == "RGBA" else "jpeg"
    return "webp" if given == "WEBP" else "png"


def _encoded(image: Image.Image, kind: str, most: int) -> tuple[Image.Image, str, bytes]:
    """Return the best file that is not too large, with its format and its pixels: fewer where nothing else helps."""
    for options in OPTIONS[kind]:
        written = _saved(image, kind, **options)
        if len(written) <= most:
            return image, kind, written
    if kind == "png" and image.mode == "RGB":
        return _encoded(image, "jpeg", most)
    scale = SPARE * math.sqrt(most / len(written))
    smaller = image.resize((int(image.width * scale), int(image.height * scale)), reducing_gap=FACTOR)
    return _encoded(smaller, kind, most)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def _write(image: Image.Image, kind: str, most: int, notes: list[str]) -> None:
    pixels = image.width
    image, kind, written = _encoded(image, kind, most)
    if image.width < pixels and "scaled" not in notes:
        notes = [*notes, "scaled"]
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), reducing_gap=FACTOR)
    tiny = small.convert("RGBA")
    tiny.thumbnail((TINY, TINY))
    parts = [written, _saved(small, "webp", quality=80, method=2), tiny.tobytes()]
    facts = {
        "format": kind,
        "width": image.width,
        "height": image.height,
        "alpha": image.mode == "RGBA",
        "tiny": tiny.size,
        "notes": notes,
        "sizes": [len(part) for part in parts],
    }
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + b"".join(parts))


def _refuse(why: str) -> NoReturn:
    sys.stdout.buffer.write(json.dumps({"refused": why}).encode() + b"\n")
    sys.exit(0)


if __name__ == "__main__":
    main()
