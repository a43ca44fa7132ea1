"""Drawing primitives: noise, ramps and soft edges on float arrays in linear light (color squared, close enough to sRGB)."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

F = np.float32
Field = np.ndarray  # (h, w), or (h, w, 3) for color
Stops = Sequence[tuple[float, str]]


def color(code: str) -> Field:
    """#rrggbb as linear light."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], F) ** 2


def mix(a: Field, b: Field, t: Field) -> Field:
    """Blend colors by a field of weights."""
    return a + (b - a) * t[..., None]


def smooth(a: float, b: float, x: Field) -> Field:
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def ramp(t: Field, stops: Stops) -> Field:
    """Colors along t in 0…1, by a table of 256."""
    places = np.linspace(0, 1, 256, dtype=F)
    points = [place for place, _ in stops]
    colors = np.stack([color(code) for _, code in stops])
    table = np.stack([np.interp(places, points, colors[:, k]) for k in range(3)], -1).astype(F)
    return table[(np.clip(t, 0, 1) * 255).astype(np.uint8)]


def shift(code: str, factor: float) -> str:
    """The color lighter (factor > 1) or darker."""
    return "#" + "".join(f"{min(255, round(int(code[i : i + 2], 16) * factor)):02x}" for i in (1, 3, 5))


def noise(width: int, height: int, cells: float, rng: np.random.Generator, stretch: float = 1.0) -> Field:
    """Smooth values 0…1 with that many cells across."""
    columns, rows = max(4, int(cells) + 3), max(4, int(cells * stretch * height / width) + 3)
    values = Image.fromarray(rng.random((rows, columns), dtype=F))
    return np.asarray(values.resize((width, height), Image.Resampling.BICUBIC))


def fbm(
    width: int,
    height: int,
    cells: float,
    rng: np.random.Generator,
    octaves: int = 4,
    *,
    gain: float = 0.5,
    stretch: float = 1.0,
) -> Field:
    """Octaves of noise, 0…1."""
    total, weight, out = 0.0, 1.0, np.zeros((height, width), F)
    for octave in range(octaves):
        out += weight * noise(width, height, cells * 2**octave, rng, stretch)
        total += weight
        weight *= gain
    return out / total


def line(width: int, cells: float, rng: np.random.Generator, octaves: int = 4, gain: float = 0.5) -> Field:
    """One row of noise: a horizon, a ridge."""
    return fbm(width, 4, cells, rng, octaves, gain=gain)[1]


@lru_cache(maxsize=16)
def grid(width: int, height: int) -> tuple[Field, Field]:
    """x and y in 0…1."""
    y, x = np.mgrid[0:height, 0:width].astype(F)
    return x / width, y / height


@lru_cache(maxsize=16)
def centered(width: int, height: int) -> tuple[Field, Field]:
    """x and y from the middle, where the short side is 2 long."""
    y, x = np.mgrid[0:height, 0:width].astype(F)
    short = min(width, height) / 2
    return (x + 0.5 - width / 2) / short, (y + 0.5 - height / 2) / short


def blur(field: Field, radius: float) -> Field:
    image = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.BoxBlur(radius))).astype(F) / 255


def stars(width: int, height: int, share: float) -> Field:
    """White points; always the same sky, so that a picture's other chances don't depend on its size."""
    return (np.random.default_rng(11).random((height, width), dtype=F) > 1 - share).astype(F)


def develop(light: Field, rng: np.random.Generator, grain: float = 0.003) -> Image.Image:
    """The finished picture, with a little grain against banding."""
    values = np.sqrt(np.clip(light, 0, 1))
    values += (rng.random(values.shape[:2], dtype=F)[..., None] - 0.5) * grain * 2
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))
