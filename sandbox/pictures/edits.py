"""Edits: what is drawn derives visibly from the references, and only where the mask allows."""

import io

from PIL import Image, ImageChops, ImageDraw, ImageOps

from sandbox.pictures import scenes
from sandbox.pictures.spec import Spec


def draw(spec: Spec, seed: int) -> Image.Image:
    """The first reference, relit by a scene of the prompt; further references lie on it as small prints."""
    first = _open(spec.references[0])
    base = ImageOps.fit(first.convert("RGB"), spec.size, Image.Resampling.BILINEAR)
    scene = scenes.draw(spec.prompt, seed, spec.size, transparent=False).convert("RGB")
    if spec.mask is not None:
        hole = ImageOps.fit(
            _open(spec.mask).convert("RGBA").getchannel("A"), spec.size, Image.Resampling.BILINEAR
        )
        return Image.composite(base, Image.blend(base, scene, 0.85), hole)
    image = Image.blend(ImageChops.soft_light(base, scene), scene, 0.22)
    _lay_prints(image, spec.references[1:])
    if spec.transparent:
        image.putalpha(_vignette(spec.size))
    return image


def _open(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        image.draft("RGB", (1024, 1024))
        image.load()
        return ImageOps.exif_transpose(image)


def _lay_prints(image: Image.Image, references: tuple[bytes, ...]) -> None:
    side = max(12, min(image.size) // 8)
    gap = side // 6
    for place, content in enumerate(references):
        column, row = place % 5, place // 5
        print_ = ImageOps.expand(ImageOps.fit(_open(content).convert("RGB"), (side, side)), gap // 4, "white")
        image.paste(print_, (gap + column * (side + gap), image.height - (row + 1) * (side + gap)))


def _vignette(size: tuple[int, int]) -> Image.Image:
    alpha = Image.new("L", size, 0)
    width, height = size
    ImageDraw.Draw(alpha).rounded_rectangle(
        (width * 0.08, height * 0.08, width * 0.92, height * 0.92), min(size) * 0.12, fill=255
    )
    return alpha
