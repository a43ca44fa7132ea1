"""Drawing of image files, in threads and never twice."""

import asyncio
import io
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from PIL import Image

from sandbox.pictures import edits, png, scenes
from sandbox.pictures.mark import stamp
from sandbox.pictures.spec import Spec

CACHE_BYTES = 192 * 1024 * 1024
THREADS = 2


class Studio:
    """Draws in a small pool of threads and keeps the last pictures.

    Args:
        detail: pixels along the longer side that are drawn; the rest is enlarged. 0 draws all.
    """

    def __init__(self, detail: int = 0) -> None:
        self.detail = detail
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="studio")
        self.kept: OrderedDict[bytes, bytes] = OrderedDict()
        self.bytes = 0

    async def draw(self, spec: Spec) -> bytes:
        """The file's bytes."""
        key = spec.key()
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key]
        content = await asyncio.get_running_loop().run_in_executor(self.pool, draw, spec, self.detail)
        self._keep(key, content)
        return content

    def _keep(self, key: bytes, content: bytes) -> None:
        if key in self.kept:
            return
        self.kept[key] = content
        self.bytes += len(content)
        while self.bytes > CACHE_BYTES:
            self.bytes -= len(self.kept.popitem(last=False)[1])

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)


def draw(spec: Spec, detail: int = 0) -> bytes:
    """Draw and encode one picture.

    A preview is drawn small and enlarged: soft at first, cheap always. So is a picture of little detail, except where
    a mask says to the pixel what stays.
    """
    if spec.preview < 1:
        image = _enlarged(spec, 32 + 160 * spec.preview, Image.Resampling.BICUBIC)
    elif detail and spec.mask is None:
        image = _enlarged(spec, detail, Image.Resampling.NEAREST)
    else:
        image = _paint(spec, spec.seed())
    return encode(stamp(image), spec.output_format, spec.compression)


def _enlarged(spec: Spec, side: float, how: Image.Resampling) -> Image.Image:
    scale = min(1.0, side / max(spec.size))
    small = tuple(max(16, round(edge * scale)) for edge in spec.size)
    return _paint(replace(spec, size=small), spec.seed()).resize(spec.size, how)


def _paint(spec: Spec, seed: int) -> Image.Image:
    if spec.references:
        return edits.draw(spec, seed)
    return scenes.draw(spec.prompt, seed, spec.size, transparent=spec.transparent)


def encode(image: Image.Image, output_format: str, compression: int = 100) -> bytes:
    """PNG, JPEG or WebP bytes; quick rather than small."""
    if output_format == "png":
        return png.encode(image)
    buffer = io.BytesIO()
    if output_format == "jpeg":
        image.convert("RGB").save(buffer, "JPEG", quality=max(30, min(compression, 92)))
    else:
        image.save(buffer, "WEBP", quality=max(30, min(compression, 86)), method=0)
    return buffer.getvalue()
