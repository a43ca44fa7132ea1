"""The formats of images that people and programs may give us to work from, in one place for every door.

What is kept is PNG, JPEG or WebP. The signatures are those of PNG (W3C) 5.2, JPEG (ITU T.81) B.1, WebP (RFC 9649) 2.3,
GIF89a 17, TIFF 6.0 section 2, BMP (BITMAPFILEHEADER), and the brands of ISO base media files (ISO/IEC 23008-12 and
the AVIF specification) 4.
"""

from typing import Final

NAMES: Final = "PNG, JPEG, WebP, HEIC, AVIF, GIF, TIFF or BMP"
MOST_MB: Final = 50
"""Size of a file, as OpenAI's own API takes it."""
IN_WORDS: Final = f"{NAMES} up to {MOST_MB} MB"
NOT_AN_IMAGE: Final = f"Only images can be uploaded: {NAMES}, whatever the file is called. Nothing was kept."
TOO_LARGE: Final = f"The file is larger than {MOST_MB} MB. Nothing was kept; upload a smaller one."
TYPES: Final = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/heic",
    "image/heif",
    "image/avif",
    "image/gif",
    "image/tiff",
    "image/bmp",
)
ENDINGS: Final = (".heic", ".heif", ".hif", ".avif", ".tif", ".tiff", ".bmp")
"""For browsers that don't know the types of such files; they send them without any."""
ACCEPT: Final = ",".join((*TYPES, *ENDINGS))
"""The `accept` attribute of every file input for an image to work from."""
HEADER: Final = ", ".join(TYPES)
"""The Accept header of a request for one."""
NEEDED: Final = 32
"""Bytes from the beginning that are enough to tell, and hold a PNG's size."""
_STARTS: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
)
_BRANDS: Final = frozenset(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1 avif avis".split())


def is_known(head: bytes) -> bool:
    """Return whether a file that begins like this may be one of the formats; only decoding it tells."""
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12] in _BRANDS
    # Two letters are few, but the next field of a BMP is its own length, and the two after it are zero.
    return head.startswith(_STARTS) or (head.startswith(b"BM") and head[6:10] == bytes(4))
