"""A delivered file is what was ordered, whole to its last byte: by its checksums and its length, else by decoding it."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import batched

import numpy as np
import pytest
from PIL import Image

from generation.media import inspection, png
from generation.media.inspection import ExpectedImage, WrongImage

WIDTH, HEIGHT = 61, 43
"""No multiples of anything, so that interlaced passes and the last rows are odd."""
MOST = 40_000_000
type Chunks = list[tuple[bytes, bytes]]


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def packed(chunks: Chunks) -> bytes:
    return png.SIGNATURE + b"".join(chunk(*one) for one in chunks)


def header(color: int, depth: int, interlaced: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    return struct.pack(">IIBBBBB", *size, depth, color, 0, 0, interlaced)


def rows(color: int = 2, depth: int = 8, interlaced: int = 0, filtering: int = 0) -> bytes:
    """Random pixels as a stream of rows, each with its filter type in front."""
    dice, pixel = np.random.default_rng(1), max(1, png.CHANNELS[color] * depth // 8)
    out = b""
    for left, top, across, down in png.PASSES if interlaced else ((0, 0, 1, 1),):
        columns, count = -(-(WIDTH - left) // across), -(-(HEIGHT - top) // down)
        out += b"".join(bytes([filtering]) + dice.bytes(columns * pixel) for _ in range(count))
    return out


def png_of(stream: bytes, *, color: int = 2, depth: int = 8, interlaced: int = 0, parts: int = 3) -> Chunks:
    """The chunks of a file with these rows, in several IDAT."""
    inflated = zlib.compress(stream)
    pieces = [bytes(some) for some in batched(inflated, len(inflated) // parts + 1, strict=False)]
    body = [(b"IDAT", piece) for piece in pieces]
    return [(b"IHDR", header(color, depth, interlaced)), (b"tEXt", b"k\0v"), *body, (b"IEND", b"")]


def damaged(data: bytes, at: int) -> bytes:
    """The same with another byte there."""
    other = bytearray(data)
    other[at] ^= 0x55
    return bytes(other)


def idat(chunks: Chunks, content: Callable[[bytes], bytes]) -> Chunks:
    """The same with another stream of pixels."""
    whole = content(b"".join(part for name, part in chunks if name == b"IDAT"))
    head = [one for one in chunks if one[0] in (b"IHDR", b"tEXt")]
    return [*head, (b"IDAT", whole), (b"IEND", b"")]


def inspected(data: bytes, kind: str = "png", *, transparent: bool = False) -> tuple[int, int]:
    found = inspection.inspect(data, ExpectedImage(kind, WIDTH, HEIGHT, transparent))
    return found.width, found.height


def saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    pixels = np.random.default_rng(2).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels, "RGB").convert(mode).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("interlaced", [0, 1])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("color", [0, 2, 4, 6])
def test_a_whole_png_is_proved_without_its_pixels(color, depth, interlaced):
    stream = rows(color, depth, interlaced)
    data = packed(png_of(stream, color=color, depth=depth, interlaced=interlaced))
    assert png.prove(data, MOST) == (WIDTH, HEIGHT)
    assert inspected(data) == (WIDTH, HEIGHT)
    Image.open(io.BytesIO(data)).load()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (4, 1), (5, 5), (8, 8)])
def test_tiny_interlaced_images_lack_passes(size):
    image = Image.new("RGB", size)
    file = io.BytesIO()
    image.save(file, "png")
    assert png.prove(file.getvalue(), MOST) == size
    passes = (
        (-(-(size[0] - left) // across), -(-(size[1] - top) // down))
        for left, top, across, down in png.PASSES
    )
    stream = b"".join(bytes(1 + 3 * wide) * high for wide, high in passes if wide > 0 and high > 0)
    chunks = [(b"IHDR", header(2, 8, 1, size)), (b"IDAT", zlib.compress(stream)), (b"IEND", b"")]
    assert png.prove(packed(chunks), MOST) == size
    Image.open(io.BytesIO(packed(chunks))).load()


WRONG = {
    "a wrong checksum of pixels": lambda: damaged(packed(png_of(rows())), 200),
    "cut in the middle": lambda: packed(png_of(rows()))[:4000],
    "cut before the end": lambda: packed(png_of(rows()))[:-30],
    "fewer rows than it says": lambda: packed(png_of(rows()[: -(1 + 3 * WIDTH)])),
    "half a row too few": lambda: packed(png_of(rows()[:-70])),
    "no pixels": lambda: packed([(b"IHDR", header(2, 8, 0)), (b"IEND", b"")]),
    "a stream that breaks off": lambda: packed(idat(png_of(rows()), lambda whole: whole[:-900])),
    "a wrong checksum of the stream": lambda: packed(idat(png_of(rows()), lambda whole: damaged(whole, -1))),
    "pixels in two places": lambda: packed([*png_of(rows())[:3], (b"tEXt", b"k\0v"), *png_of(rows())[3:]]),
    "a chunk that nobody knows": lambda: packed([*png_of(rows())[:1], (b"ABCD", b"?"), *png_of(rows())[1:]]),
    "a chunk whose name is no four letters": lambda: packed([*png_of(rows())[:1], (b"a\0bc", b"?"), *png_of(rows())[1:]]),
    "a chunk whose name has its reserved letter small": lambda: packed([*png_of(rows())[:1], (b"abcd", b"?"), *png_of(rows())[1:]]),
    "damage that the checksum covers": lambda: packed(idat(png_of(bytes(len(rows()))), lambda whole: damaged(whole, 9))),
    "a filter type that does not exist": lambda: packed(png_of(rows(filtering=7))),
    "an interlaced one without its last pass": lambda: packed(png_of(rows(interlaced=1)[:-3000], interlaced=1)),
    "another size": lambda: packed([(b"IHDR", header(2, 8, 0, (WIDTH, HEIGHT - 1))), *png_of(rows())[1:]]),
    "another format": lambda: saved("jpeg"),
    "a bomb": lambda: packed([(b"IHDR", header(2, 8, 0, (60_000, 60_000))), *png_of(bytes(9_000_000))[1:]]),
    "nothing": lambda: b"",
    "a signature alone": lambda: png.SIGNATURE,
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_png_is_found(name):
    data = WRONG[name]()
    assert png.prove(data, MOST) is None
    with pytest.raises(WrongImage):
        inspected(data)


UNUSUAL = {
    "a smaller window than the stream needs": lambda: packed(
        idat(png_of(rows()), lambda whole: b"\x68\x81" + whole[2:])
    ),
    "more rows than it says": lambda: packed(png_of(rows() + bytes(5000))),
    "a byte more than it says": lambda: packed(png_of(rows() + bytes(1))),
    "more behind the stream": lambda: packed(idat(png_of(rows()), lambda whole: whole + b"more")),
    "more behind the file": lambda: packed(png_of(rows())) + b"more",
    "a hundred thousand chunks": lambda: packed(
        [*png_of(rows())[:-1], *[(b"IDAT", b"")] * 100_000, (b"IEND", b"")]
    ),
    "no end": lambda: packed(png_of(rows()))[:-12],
    "a wrong checksum of the header": lambda: damaged(packed(png_of(rows())), 29),
    "a palette": lambda: saved("png", "P"),
    "one bit": lambda: saved("png", "1"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_is_decoded_as_ever(name):
    data = UNUSUAL[name]()
    assert png.prove(data, MOST) is None
    assert inspected(data) == (WIDTH, HEIGHT)


def test_a_bomb_is_inflated_no_further_than_the_image_is_large():
    data = packed(png_of(rows() + bytes(50_000_000)))
    tracemalloc.start()
    assert png.prove(data, MOST) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * png.BLOCK


@pytest.mark.parametrize(("kind", "options"), [("jpeg", {"quality": 90}), ("webp", {"lossless": True})])
def test_jpeg_and_webp_are_decoded(kind, options):
    data = saved(kind, **options)
    assert inspected(data, kind) == (WIDTH, HEIGHT)
    for wrong in (data[: len(data) * 2 // 3], data[:40]):
        with pytest.raises(WrongImage):
            inspected(wrong, kind)


def test_transparency_is_looked_for_in_every_pixel():
    pixels = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    for first, last, is_transparent in ((255, 255, False), (0, 255, True), (255, 254, True)):
        pixels[0, 0, 3], pixels[-1, -1, 3] = first, last
        file = io.BytesIO()
        Image.fromarray(pixels, "RGBA").save(file, "png")
        assert inspected(file.getvalue()) == (WIDTH, HEIGHT)
        if is_transparent:
            assert inspected(file.getvalue(), transparent=True) == (WIDTH, HEIGHT)
            with pytest.raises(WrongImage, match="does not decode"):
                inspected(file.getvalue()[:-60], transparent=True)
        else:
            with pytest.raises(WrongImage, match="opaque"):
                inspected(file.getvalue(), transparent=True)
    with pytest.raises(WrongImage, match="opaque"):
        inspected(saved("png"), transparent=True)
