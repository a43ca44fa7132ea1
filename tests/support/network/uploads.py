"""Files that people and programs may send as a picture, and what has to become of each.

A name and bytes in `REFUSED` never reaches storage; in `ANEW` it may, made anew: other bytes, upright, no metadata.
"""

import io
import struct
import zlib

from PIL import Image as Picture
from PIL import PngImagePlugin

SECRET = b"SECRET"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert("SECRET")</script></svg>'
HTML = b"<html><script>alert('SECRET')</script></html>"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
ORIENTATION, MAKER, GPS, LATITUDE = 0x0112, 0x010F, 0x8825, 2
QUARTERS = (5, 6, 7, 8)


def picture(kind="PNG", size=(64, 48), mode="RGB", **options) -> bytes:
    written = io.BytesIO()
    Picture.effect_noise(size, 80).convert(mode).save(written, kind, **options)
    return written.getvalue()


def frames(kind: str, count: int) -> bytes:
    written = io.BytesIO()
    drawn = [Picture.new("RGB", (64, 48), (at * 97 % 256, at * 41 % 256, at % 256)) for at in range(count)]
    drawn[0].save(written, kind, save_all=True, append_images=drawn[1:])
    return written.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge, with rows to prove it."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * min(1 << 22, (width // 8 + 1) * height), 9)
    return SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def stuffed(name: bytes, data: bytes) -> bytes:
    """A PNG with one more chunk behind its head."""
    whole = picture()
    head = len(SIGNATURE) + 25
    return whole[:head] + chunk(name, data) + whole[head:]


def jpeg_that_says(width: int, height: int) -> bytes:
    whole = picture("JPEG")
    at = whole.index(b"\xff\xc0") + 5
    return whole[:at] + struct.pack(">HH", height, width) + whole[at + 4 :]


def with_exif(kind: str, orientation: int = 1) -> bytes:
    exif = Picture.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, SECRET.decode()
    exif.get_ifd(GPS)[LATITUDE] = (52.0, 31.0, 12.0)
    return picture(kind, exif=exif.tobytes())


def with_text() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", SECRET.decode(), zip=True)
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return picture(pnginfo=text)


def commented(count: int) -> bytes:
    whole = picture("JPEG")
    return whole[:2] + (b"\xff\xfe\x00\x08SECRET" * count) + whole[2:]


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def saved(kind: str, mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    Picture.new(mode, (64, 48)).save(written, kind)
    return written.getvalue()


def box(brand: bytes) -> bytes:
    """The beginning of a file in boxes: HEIC, AVIF, MP4."""
    return struct.pack(">I", 24) + b"ftyp" + brand + bytes(4) + b"mif1" + brand + b"\0" * 200


PNG, JPEG, WEBP = picture(), picture("JPEG"), picture("WEBP")
FLOOD = zlib.compress(bytes(100_000_000), 9)

OTHER = {
    "svg": SVG,
    "svg with a prolog": b'<?xml version="1.0"?>\n' + SVG,
    "html": HTML,
    "html behind a mark": b"\xef\xbb\xbf" + HTML,
    "ico": saved("ICO"),
    "ppm": saved("PPM"),
    "tga": saved("TGA"),
    "pdf": b"%PDF-1.7\n",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n(SECRET) run\n",
    "eps in dos clothes": b"\xc5\xd0\xd3\xc6" + b"\0" * 40,
    "psd": b"8BPS\0\x01" + b"\0" * 40,
    "mp4": box(b"isom"),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 40,
    "zip": b"PK\x03\x04" + b"\0" * 40,
    "program": b"\x7fELF" + b"\0" * 40,
    "words": b"a picture of a fox",
    "empty": b"",
    "riff that is no webp": b"RIFF\x10\0\0\0AVI LIST" + b"\0" * 40,
    "png as text was sent": SIGNATURE.replace(b"\r\n", b"\n") + PNG[8:],
    "picture behind words": b"words" + PNG,
}
"""None of the formats by their first bytes."""
BROKEN = {
    "flood": bomb(13_000, 13_000),
    "flood that Pillow refuses itself": bomb(20_000, 20_000),
    "wide": bomb(100_000, 1),
    "tall": bomb(1, 100_000),
    "wide and tall": bomb(100_000, 1000),
    "no pixels": bomb(0, 0),
    "a pixel too wide": bomb(8193, 1),
    "a row too many": bomb(8000, 8001),
    "one pixel": picture(size=(1, 1)),
    "heic that says it is": box(b"heic"),
    "avif that says it is": box(b"avif"),
    "gif that is a script": b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert('SECRET')",
    "more than can be counted": bomb(2**31 - 1, 2**31 - 1),
    "jpeg that says it is huge": jpeg_that_says(65_500, 65_500),
    "jpeg without pixels": jpeg_that_says(0, 0),
    "color profile that floods": stuffed(b"iCCP", b"x\0\0" + FLOOD),
    "text that floods": stuffed(b"zTXt", b"x\0\0" + FLOOD),
    "png without pixels": SIGNATURE + PNG[8:33] + chunk(b"IEND", b""),
    "png with wrong sums": PNG[:60] + b"\xff\xff\xff\xff" + PNG[64:],
    "png signature": SIGNATURE,
    "png cut at 98 %": cut(PNG, 0.98),
    "png cut at 50 %": cut(PNG, 0.5),
    "png cut at 5 %": cut(PNG, 0.05),
    "jpeg cut at 50 %": cut(JPEG, 0.5),
    "jpeg cut at 5 %": cut(JPEG, 0.05),
    "jpeg by its first bytes": b"\xff\xd8\xff" + b"junk" * 50,
    "webp cut at 50 %": cut(WEBP, 0.5),
    "webp by its first bytes": b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 40,
}
"""Of a known kind and no harmless picture of it."""
LARGE = {"51 MB": PNG + b"\0" * (50 * 1024 * 1024)}
REFUSED = OTHER | BROKEN | LARGE
ANEW = {
    "gif": saved("GIF", "P"),
    "gif of many frames": frames("GIF", 300),
    "tiff": saved("TIFF"),
    "tiff of many pages": frames("TIFF", 5),
    "bmp": saved("BMP"),
    "animated png": frames("PNG", 3),
    "animated png of many frames": frames("PNG", 500),
    "animated webp": frames("WEBP", 5),
    "camera jpeg with a second image": frames("MPO", 2),
    "avif": saved("AVIF"),
    "png": PNG,
    "jpeg": JPEG,
    "progressive jpeg": picture("JPEG", progressive=True),
    "webp": WEBP,
    "png and html": PNG + HTML,
    "png and megabytes": PNG + SECRET * 500_000,
    "jpeg and zip": JPEG + b"PK\x03\x04SECRET",
    "jpeg of 65,000 comments": commented(65_000),
    "png with words": with_text(),
    "jpeg from a camera": with_exif("JPEG"),
    "jpeg from a turned camera": with_exif("JPEG", 6),
    "webp from a camera": with_exif("WEBP"),
    "png from a camera": with_exif("PNG"),
    "png with a chunk of one's own": stuffed(b"prIv", SECRET * 1000),
    "palette with transparency": picture(mode="P", transparency=0),
    "one bit": picture(mode="1"),
    "grey": picture(mode="L"),
    "grey and alpha": picture(mode="LA"),
    "16 bit": picture(mode="I;16"),
    "cmyk": picture("JPEG", mode="CMYK"),
}
NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\fox.png": "fox.png",
    "fox\0.png": "fox.png",
    "fox\u202egnp.html": "foxgnp.html",
    "fox.png.html": "fox.png.html",
    "a" * 5000 + ".png": "a" * 120,
    "  fox \r\n X-Header: 1 .png": "fox X-Header: 1 .png",
    "": "",
    "/": "",
    "<script>alert(1)</script>.png": "script>.png",
}
"""What a file may be called, and what is kept of it."""
