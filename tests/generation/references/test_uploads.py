"""Uploads: what is no harmless picture never reaches storage; what is, is made anew."""

import io
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image, PngImagePlugin

from accounts.models import User, Workspace
from generation.errors import FileRefused, FileTooLarge, FileTypeRefused
from generation.media import storage
from generation.references import library
from tests.support.network.uploads import NAMES

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<html><script>alert(1)</script></html>"


FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "files").iterdir()}


def picture(
    kind: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object
) -> bytes:
    written = io.BytesIO()
    Image.effect_noise(size, 80).convert(mode).save(written, kind, **options)
    return written.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge, with rows to prove it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * min(1 << 22, (width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def heic_that_says(width: int, height: int) -> bytes:
    """A HEIC whose `ispe` box, its image's size, is another."""
    data = bytearray(FILES["plain.heic"])
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


def bmp_that_says(width: int, height: int) -> bytes:
    data = bytearray(picture("BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def cut(kind: str) -> bytes:
    data = picture(kind)
    return data[: len(data) // 2]


REFUSED = {
    "svg": (SVG, FileTypeRefused),
    "svg named png": (SVG, FileTypeRefused),
    "html": (HTML, FileTypeRefused),
    "pdf": (b"%PDF-1.7\n", FileTypeRefused),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", FileTypeRefused),
    "empty": (b"", FileTypeRefused),
    "riff that is no webp": (b"RIFF\x10\0\0\0AVI LIST" + b"\0" * 40, FileTypeRefused),
    "jpeg by its first bytes only": (b"\xff\xd8\xff" + b"junk" * 50, FileRefused),
    "bomb": (bomb(13_000, 13_000), FileRefused),
    "bomb Pillow refuses itself": (bomb(20_000, 20_000), FileRefused),
    "wide": (bomb(100_000, 1), FileRefused),
    "tall": (bomb(1, 100_000), FileRefused),
    "no pixels": (bomb(0, 0), FileRefused),
    "one pixel": (picture(size=(1, 1)), FileRefused),
    "seven rows": (picture(size=(400, 7)), FileRefused),
    "bomb of a heic": (heic_that_says(30_000, 30_000), FileRefused),
    "bomb of a bmp": (bmp_that_says(30_000, 30_000), FileRefused),
    "heic cut off": (FILES["turned.heic"][:500], FileRefused),
    "heic by its first bytes only": (b"\0\0\0\x18ftypheic" + b"junk" * 50, FileRefused),
    "avif cut off": (cut("AVIF"), FileRefused),
    "gif cut off": (cut("GIF"), FileRefused),
    "tiff cut off": (cut("TIFF"), FileRefused),
    "bmp cut off": (cut("BMP"), FileRefused),
    "film": (b"\0\0\0\x18ftypmp42" + b"\0" * 400, FileTypeRefused),
    "text that begins like a bmp": (b"BM is short for bitmap, as everybody knows", FileTypeRefused),
    "cut off at 98 %": (picture()[: int(len(picture()) * 0.98)], FileRefused),
    "cut off at 50 %": (picture()[: len(picture()) // 2], FileRefused),
    "jpeg cut off": (picture("JPEG")[: len(picture("JPEG")) // 2], FileRefused),
    "webp cut off": (picture("WEBP")[: len(picture("WEBP")) // 2], FileRefused),
    "too many bytes": (picture() + b"\0" * (50 * 1024 * 1024), FileTooLarge),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_harmless_picture_is_refused_and_nothing_is_kept(name: str, workspace: Workspace):
    data, kind = REFUSED[name]
    with pytest.raises(kind) as refusal:
        library.upload(workspace, ContentFile(data, "holiday.png"))
    assert type(refusal.value) is kind
    assert "Nothing was kept" in refusal.value.detail
    assert not workspace.references.exists()
    assert not default_storage.exists(f"w/{workspace.pk.hex}")


def with_metadata() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SECRET-CAMERA"
    return picture("JPEG", (64, 48), exif=exif.tobytes(), comment=b"SECRET-COMMENT")


def with_text() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "SECRET-PROMPT", zip=True)
    return picture(pnginfo=text)


CLEANED = {
    "png": (picture(), "png", (64, 48)),
    "jpeg": (picture("JPEG"), "jpeg", (64, 48)),
    "webp": (picture("WEBP"), "webp", (64, 48)),
    "turned, with camera and comment": (with_metadata(), "jpeg", (48, 64)),
    "text chunks": (with_text(), "png", (64, 48)),
    "trailing html": (picture() + HTML, "png", (64, 48)),
    "trailing zip": (picture("JPEG") + b"PK\x03\x04SECRET", "jpeg", (64, 48)),
    "palette with transparency": (picture(mode="P", transparency=0), "png", (64, 48)),
    "one bit": (picture(mode="1"), "png", (64, 48)),
    "16 bit": (picture(mode="I;16"), "png", (64, 48)),
    "cmyk": (picture("JPEG", mode="CMYK"), "jpeg", (64, 48)),
}


@pytest.mark.parametrize("name", CLEANED)
def test_a_picture_is_made_anew_upright_and_without_anything_else(
    name: str, workspace: Workspace, alice: User
):
    data, kind, size = CLEANED[name]
    reference = library.upload(workspace, ContentFile(data, "../../x\u202egnp.png.html"), alice)
    kept = storage.get(reference.file)
    assert kept != data
    assert b"SECRET" not in kept
    assert b"<script>" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        image.load()
        assert (image.format, image.size) == (kind.upper(), size)
        assert not image.getexif()
    assert (reference.width, reference.height, reference.format) == (*size, kind)
    assert reference.name == "xgnp.png.html"
    assert reference.file.startswith(f"w/{workspace.pk.hex}/references/")
    assert storage.get(reference.thumbnail)[:4] == b"RIFF"
    assert reference.thumbhash


def test_the_same_picture_again_is_the_same_reference(workspace: Workspace):
    data = picture()
    first, second = (library.upload(workspace, ContentFile(data, name)) for name in ("a", "b"))
    assert first == second
    assert workspace.references.count() == 1


def test_a_mask_must_have_transparent_pixels(workspace: Workspace):
    with pytest.raises(FileRefused, match="transparent"):
        library.upload(workspace, ContentFile(picture()), is_mask=True)
    assert library.upload(workspace, ContentFile(picture(mode="RGBA")), is_mask=True).is_mask


def test_a_deleted_reference_is_out_of_sight_at_once(
    workspace: Workspace, have: Callable[[], object], catalog: None
):
    reference = library.upload(workspace, ContentFile(picture()))
    library.delete(reference)
    assert not workspace.references.filter(deleted_at=None).exists()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_the_camera_was_held_the_picture_stands_upright(orientation: int, workspace: Workspace):
    """The corner that a person sees top left is blue, in all of EXIF's eight orientations."""
    corner = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}[
        orientation
    ]
    drawn = Image.new("RGB", (64, 48), "white")
    drawn.paste("blue", (corner[0] * 32, corner[1] * 24, corner[0] * 32 + 32, corner[1] * 24 + 24))
    exif, written = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    drawn.save(written, "JPEG", exif=exif.tobytes(), quality=95)
    reference = library.upload(workspace, ContentFile(written.getvalue()))
    assert (reference.width, reference.height) == ((48, 64) if orientation > 4 else (64, 48))
    with Image.open(io.BytesIO(storage.get(reference.file))) as upright:
        red, _, blue = upright.getpixel((8, 8))
        assert blue > red + 100
        assert upright.getpixel((upright.width - 8, upright.height - 8))[0] > 200


@pytest.mark.parametrize(("given", "kept"), NAMES.items())
def test_a_name_is_for_people_and_can_do_nothing(given: str, kept: str):
    assert library._name(given) == kept


def test_there_is_room_for_so_many_and_no_more_whoever_comes_at_once(
    transactional_db: None, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(library, "MAX_REFERENCES", 3)
    drawn = [picture(size=(16 + at, 16)) for at in range(6)]

    def upload(data: bytes) -> bool:
        try:
            library.upload(workspace, ContentFile(data, "a.png"))
        except FileRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(upload, drawn)) == 3
    assert workspace.references.count() == 3
    assert len(default_storage.listdir(f"w/{workspace.pk.hex}/references")[1]) == 6, (
        "a file and a thumbnail each"
    )


def test_the_same_picture_at_once_is_kept_once(transactional_db: None, workspace: Workspace):
    data = picture()

    def upload(name: str) -> object:
        try:
            return library.upload(workspace, ContentFile(data, name)).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(upload, "abcd"))) == 1
    assert workspace.references.count() == 1
    assert len(default_storage.listdir(f"w/{workspace.pk.hex}/references")[1]) == 2


def test_there_is_room_for_so_many_bytes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    first = library.upload(workspace, ContentFile(picture()))
    monkeypatch.setattr(library, "MAX_BYTES", first.size + 100)
    with pytest.raises(FileRefused, match="delete some first"):
        library.upload(workspace, ContentFile(picture(size=(128, 128))))
    library.delete(first)
    monkeypatch.setattr(library, "MAX_BYTES", 1_000_000)
    assert library.upload(workspace, ContentFile(picture(size=(128, 128)))).pk
    assert workspace.references.filter(deleted_at=None).count() == 1
