"""A PNG that is proved whole without its pixels: every checksum, and a whole inflate of the right length.

That costs a quarter of decoding it. Only yes is certain: whatever is unusual, and whatever is wrong, is left to a decoder, so
nothing is refused here and nothing passes that a decoder would refuse.

Format: https://www.w3.org/TR/png-3/ (5.3 chunks, 8.1 interlacing, 9.2 filter types, 10.1 compression).
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from isal import isal_zlib

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
BLOCK: Final = 1 << 18
"""Bytes that are inflated at once: what a bomb can fill."""
PIECE: Final = 1 << 16
"""Bytes that are handed to the inflater at once: what it leaves of them is copied."""
WHOLE_WINDOW: Final = 0x78
"""The first byte of a zlib stream (RFC 1950, 2.2): deflate, with a window of 32 kB."""
MOST_CHUNKS: Final = 50_000
FILTERS: Final = 4
"""The highest filter type."""
CHANNELS: Final = {0: 1, 2: 3, 4: 2, 6: 4}
"""By color type: gray, RGB, either with alpha. Palettes are left to a decoder: pixels may point outside of them."""
DEPTHS: Final = (8, 16)
PASSES: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Adam7: the first column and row of each pass, and the steps between them."""
_ANCILLARY: Final = 0x20


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class _DoubtfulError(Exception):
    """The file is unusual or wrong: a decoder has to tell."""


class _Layout(NamedTuple):
    size: Size
    passes: tuple[tuple[int, int], ...]
    """Bytes of a row, filter type included, and number of rows, for each pass that has any."""


def prove(data: bytes, most_pixels: int) -> Size | None:
    """Prove that a PNG is whole.

    Args:
        data: the file.
        most_pixels: a larger image is not inflated.

    Returns:
        Its size; None if only a decoder can tell what it is.
    """
    try:
        chunks = list(_chunks(memoryview(data)))
        layout = _layout(chunks[0], most_pixels)
        _check_rows(_inflated(_pixels(chunks)), layout.passes)
    except (_DoubtfulError, isal_zlib.error):  # type: ignore[misc] # isal's stub takes its error for an instance
        return None
    return layout.size


def _chunks(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each chunk's name and content; its checksum is right, and IEND is the end of the file."""
    at, count, name = len(SIGNATURE), 0, b""
    if bytes(view[:at]) != SIGNATURE:
        raise _DoubtfulError
    while name != b"IEND":
        end = at + 8 + int.from_bytes(view[at : at + 4])
        if end + 4 > len(view) or isal_zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4]):
            raise _DoubtfulError
        if (count := count + 1) > MOST_CHUNKS:
            raise _DoubtfulError
        name = bytes(view[at + 4 : at + 8])
        # Four letters, of which the third is reserved and large (PNG, 5.4); decoders refuse others.
        if not name.isalpha() or not name[2:3].isupper():
            raise _DoubtfulError
        yield name, view[at + 8 : end]
        at = end + 4
    if at != len(view):
        raise _DoubtfulError


def _layout(header: tuple[bytes, memoryview], most_pixels: int) -> _Layout:
    name, content = header
    if name != b"IHDR" or len(content) != 13:  # noqa: PLR2004 -- the length that the format says
        raise _DoubtfulError
    width, height = int.from_bytes(content[:4]), int.from_bytes(content[4:8])
    depth, color, compression, filtering, interlacing = content[8:]
    is_known = depth in DEPTHS and color in CHANNELS and not compression and not filtering and interlacing < 2  # noqa: PLR2004
    if not is_known or not 0 < width * height <= most_pixels:
        raise _DoubtfulError
    pixel = CHANNELS[color] * depth // 8
    starts = PASSES if interlacing else ((0, 0, 1, 1),)
    sizes = ((-(-(width - left) // across), -(-(height - top) // down)) for left, top, across, down in starts)
    return _Layout(
        Size(width, height),
        tuple((1 + columns * pixel, rows) for columns, rows in sizes if columns > 0 and rows > 0),
    )


def _pixels(chunks: list[tuple[bytes, memoryview]]) -> list[memoryview]:
    """Return the contents of the IDAT chunks, which follow each other, among chunks that a decoder may ignore."""
    *middle, last = chunks[1:]
    found = [at for at, (name, _) in enumerate(middle) if name == b"IDAT"]
    if not found or last[1] or found[-1] - found[0] != len(found) - 1:
        raise _DoubtfulError
    if any(name != b"IDAT" and not name[0] & _ANCILLARY for name, _ in middle):
        raise _DoubtfulError
    pixels = [middle[at][1] for at in found]
    # A whole window, as all encoders write: with a smaller one decoders may refuse what inflates here.
    if not pixels[0] or pixels[0][0] != WHOLE_WINDOW:
        raise _DoubtfulError
    return pixels


def _inflated(parts: list[memoryview]) -> Iterator[bytes]:
    """Yield the pixels' bytes in blocks; the stream ends where the chunks end, and its own checksum is right."""
    stream = isal_zlib.decompressobj()
    for piece in (part[at : at + PIECE] for part in parts for at in range(0, len(part), PIECE)):
        rest: bytes | memoryview = piece
        while rest:
            if stream.eof:
                raise _DoubtfulError
            yield stream.decompress(rest, BLOCK)
            rest = stream.unconsumed_tail
    while not stream.eof and (block := stream.decompress(b"", BLOCK)):
        yield block
    if not stream.eof or stream.unused_data:
        raise _DoubtfulError


def _check_rows(blocks: Iterator[bytes], passes: tuple[tuple[int, int], ...]) -> None:
    """Check that there is exactly every row of every pass, and that each begins with a filter type."""
    left, at = list(passes), 0
    for block in blocks:
        rest = memoryview(block)
        while rest:
            if not left:
                raise _DoubtfulError
            row, rows = left[0]
            part = rest[: row * rows - at]
            if max(part[-at % row :: row], default=0) > FILTERS:
                raise _DoubtfulError
            rest, at = rest[len(part) :], at + len(part)
            if at == row * rows:
                left, at = left[1:], 0
    if left:
        raise _DoubtfulError
