"""The images that people have: each is taken in and made anew, whatever camera or program wrote it."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile
from PIL import Image, ImageCms, TiffImagePlugin

from accounts.models import Workspace
from generation.errors import FileRefused
from generation.media import sanitizing, storage
from generation.models import Reference
from generation.references import library
from tests.support.network.uploads import SIGNATURE, chunk

HERE = Path(__file__).parent / "files"
BLUE, WHITE = (0, 0, 255), (255, 255, 255)
FRAME = "It is animated; only its first frame was kept."


def drawn(mode: str = "RGB") -> Image.Image:
    """A white image whose quarter top left is blue."""
    image = Image.new("RGB", (96, 64), WHITE)
    image.paste(BLUE, (0, 0, 48, 32))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def moving(kind: str) -> bytes:
    more = [Image.new("RGB", (96, 64), color) for color in ("red", "green")]
    return saved(drawn(), kind, save_all=True, append_images=more)


def see_through() -> Image.Image:
    image = drawn("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def in_palette() -> bytes:
    """Entry 0 is blue, entry 1 white and half transparent."""
    image = drawn().quantize(2)
    first = image.getpixel((0, 0))
    return saved(image, "PNG", transparency=bytes([255, 128] if first == 0 else [128, 255]))


def keyed_in_sixteen_bits() -> bytes:
    """One color, which is the transparent one."""
    head = struct.pack(">IIBBBBB", 32, 32, 16, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x12\x34" * 3 * 32) * 32)
    key = chunk(b"tRNS", b"\x12\x34" * 3)
    return SIGNATURE + chunk(b"IHDR", head) + key + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sixteen_bits() -> bytes:
    """Gray from black to white in 16 bits."""
    ramp = np.linspace(0, 65535, 96).astype(np.uint16)
    return saved(Image.fromarray(np.tile(ramp, (64, 1))), "PNG")


def fractions() -> bytes:
    ramp = np.linspace(0, 1, 96).astype(np.float32)
    return saved(Image.fromarray(np.tile(ramp, (64, 1))), "TIFF")


def turned_tiff() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x0112] = 6
    return saved(drawn().rotate(90, expand=True), "TIFF", tiffinfo=tags)


def in_lab() -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(drawn(), srgb, lab, outputMode="LAB")


TAKEN = {
    "camera jpeg with a second image": (moving("MPO"), "jpeg", ""),
    "heic": ((HERE / "plain.heic").read_bytes(), "jpeg", ""),
    "heic of ten bits": ((HERE / "ten.heic").read_bytes(), "jpeg", ""),
    "heic with several images": (
        (HERE / "two.heic").read_bytes(),
        "jpeg",
        "It holds several images; only the main one was kept.",
    ),
    "avif": (saved(drawn(), "AVIF"), "jpeg", ""),
    "avif that moves": (moving("AVIF"), "jpeg", FRAME),
    "gif": (saved(drawn("P"), "GIF"), "png", ""),
    "gif that moves": (moving("GIF"), "png", FRAME),
    "webp that moves": (moving("WEBP"), "webp", FRAME),
    "png that moves": (moving("PNG"), "png", FRAME),
    "bmp": (saved(drawn(), "BMP"), "png", ""),
    "tiff": (saved(drawn(), "TIFF"), "png", ""),
    "tiff, packed": (saved(drawn(), "TIFF", compression="tiff_lzw"), "png", ""),
    "tiff with jpeg in it": (saved(drawn(), "TIFF", compression="jpeg"), "png", ""),
    "big tiff": (saved(drawn(), "TIFF", big_tiff=True), "png", ""),
    "lab tiff": (saved(in_lab(), "TIFF"), "png", ""),
    "tiff of pages": (moving("TIFF"), "png", "It has several pages; only the first was kept."),
    "tiff on its side": (turned_tiff(), "png", ""),
    "cmyk tiff": (saved(drawn("CMYK"), "TIFF"), "png", ""),
    "cmyk jpeg": (saved(drawn("CMYK"), "JPEG"), "jpeg", ""),
    "rgb with a transparent color": (saved(drawn(), "PNG", transparency=(1, 2, 3)), "png", ""),
}
type Give = Callable[..., tuple[Reference, Image.Image]]


@pytest.fixture
def give(workspace: Workspace) -> Give:
    """Upload a file; return the reference and what was kept of it."""

    def given(data: bytes, **options: bool) -> tuple[Reference, Image.Image]:
        reference = library.upload(workspace, ContentFile(data, "a.xyz"), **options)
        kept = Image.open(io.BytesIO(storage.get(reference.file)))
        kept.load()
        assert (reference.format, reference.width, reference.height) == (
            str(kept.format).lower(),
            *kept.size,
        )
        return reference, kept

    return given


def near(found: object, wanted: tuple[int, ...], by: int = 24) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=False))  # type: ignore[call-overload]


@pytest.mark.parametrize("name", TAKEN)
def test_what_cameras_and_programs_write_is_taken_in(name: str, give: Give):
    data, kind, note = TAKEN[name]
    reference, kept = give(data)
    assert (reference.format, reference.note) == (kind, note)
    assert kept.size == (96, 64)
    assert near(kept.getpixel((20, 12)), BLUE)
    assert near(kept.getpixel((80, 50)), WHITE)


def test_a_heic_stands_upright_and_keeps_no_secret(give: Give):
    reference, kept = give((HERE / "turned.heic").read_bytes())
    assert kept.size == (64, 96)
    assert near(kept.getpixel((54, 12)), BLUE)
    assert b"SECRET" not in storage.get(reference.file)


TRANSPARENT = {
    "heic": ((HERE / "alpha.heic").read_bytes(), "webp"),
    "avif": (saved(see_through(), "AVIF"), "webp"),
    "tiff": (saved(see_through(), "TIFF"), "png"),
    "gray with alpha": (saved(see_through().convert("LA"), "PNG"), "png"),
    "palette": (in_palette(), "png"),
    "transparent color of 16 bits": (keyed_in_sixteen_bits(), "png"),
}


@pytest.mark.parametrize("name", TRANSPARENT)
def test_transparency_survives_and_any_of_them_is_a_mask(name: str, give: Give):
    data, kind = TRANSPARENT[name]
    reference, kept = give(data)
    assert (reference.format, kept.mode) == (kind, "RGBA")
    assert kept.getextrema()[3][0] < 200
    mask, as_mask = give(data, is_mask=True)
    assert (mask.format, mask.is_mask, as_mask.mode) == ("png", True, "RGBA")


@pytest.mark.parametrize("data", [sixteen_bits(), fractions()], ids=["16 bits", "fractions"])
def test_deep_grays_keep_their_range(data: bytes, give: Give):
    _, kept = give(data)
    grays = [kept.getpixel((at, 30))[0] for at in (0, 24, 48, 72, 95)]
    assert near(grays, (0, 64, 128, 193, 255), by=2), grays


def test_colors_of_a_profile_are_seen_as_they_were_meant(give: Give):
    """The green of a profile that is wider than sRGB is a stronger one in sRGB."""
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The colorants of red and green change places, so that what says red is green.
    at = {name: swapped.index(name) for name in (b"rXYZ", b"gXYZ")}
    profile = bytearray(swapped)
    profile[at[b"rXYZ"] : at[b"rXYZ"] + 4], profile[at[b"gXYZ"] : at[b"gXYZ"] + 4] = b"gXYZ", b"rXYZ"
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    for image, kind in ((red, "PNG"), (red.quantize(4), "PNG"), (red, "TIFF"), (red, "WEBP"), (red, "AVIF")):
        _, kept = give(saved(image, kind, icc_profile=bytes(profile)))
        assert near(kept.getpixel((8, 8)), (0, 255, 0)), (kind, image.mode)


def test_a_profile_that_is_for_other_colors_is_left_out(give: Give):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for mode in ("L", "LA", "CMYK"):
        _, kept = give(saved(drawn(mode), "TIFF", icc_profile=profile))
        assert near(kept.getpixel((80, 50)), WHITE), mode


def test_too_small_an_image_is_told_the_least_size(workspace: Workspace):
    for size in ((1, 1), (7, 400), (20_000, 18)):
        with pytest.raises(FileRefused, match="at least 8x8 pixels"):
            library.upload(workspace, ContentFile(saved(Image.new("RGB", size), "PNG")))
    assert library.upload(workspace, ContentFile(saved(Image.new("RGB", (8, 8)), "PNG")))


def test_a_photo_of_many_pixels_is_scaled_down_and_its_mask_alike(give: Give):
    photo = Image.new("RGB", (9000, 3001), "white")
    for kind in ("JPEG", "PNG"):
        reference, kept = give(saved(photo, kind))
        assert kept.size == (8192, 2731)
        assert reference.note == "It was scaled down to 8192x2731 pixels."
    mask, _ = give(saved(Image.new("LA", photo.size), "PNG"), is_mask=True)
    assert (mask.width, mask.height) == kept.size


def noisy(width: int, height: int, bands: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, bands), dtype=np.uint8))


@pytest.mark.parametrize(
    ("image", "given", "kept"),
    [
        (noisy(900, 700, 3), "PNG", "jpeg"),
        (noisy(900, 700, 3), "BMP", "jpeg"),
        (noisy(900, 700, 3), "JPEG", "jpeg"),
        (noisy(900, 700, 3), "WEBP", "webp"),
        (noisy(900, 700, 4), "PNG", "png"),
    ],
)
def test_what_is_kept_is_never_above_the_limit(
    image: Image.Image, given: str, kept: str, give: Give, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sanitizing, "MAX_BYTES", 200_000)
    reference, _ = give(saved(image, given))
    assert (reference.format, reference.size <= 200_000) == (kept, True)
    assert ("scaled down" in reference.note) == (reference.width < image.width)


def test_a_mask_is_kept_as_its_transparency_alone_and_smaller_than_it_came(give: Give):
    painted = noisy(600, 400, 3)
    painted.putalpha(Image.linear_gradient("L").resize(painted.size))
    data = saved(painted, "PNG")
    mask, kept = give(data, is_mask=True)
    assert mask.size < len(data) / 10
    assert kept.getchannel("A").tobytes() == painted.getchannel("A").tobytes()
