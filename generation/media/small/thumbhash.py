"""ThumbHash: an image in some 25 bytes, shown while the real one loads.

Algorithm: https://evanw.github.io/thumbhash/ (a cosine transform of luminance, two color differences and alpha,
whose low frequencies are quantized to four bits). Written with numpy: a fraction of a millisecond.
"""

import numpy as np
from numpy.typing import NDArray

MAX_EDGE = 100
type Plane = NDArray[np.float64]


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Return the hash of RGBA pixels, shaped (height, width, 4), at most 100 on an edge."""
    height, width, _ = pixels.shape
    if max(height, width) > MAX_EDGE:
        raise ValueError(f"{width}x{height} does not fit in {MAX_EDGE}x{MAX_EDGE}")
    color, alpha = pixels[..., :3] / 255.0, pixels[..., 3] / 255.0
    weight = alpha.sum()
    average = (color * alpha[..., None]).sum((0, 1)) / (weight or 1.0)
    has_alpha = bool(weight < width * height)
    red, green, blue = np.moveaxis(average * (1 - alpha[..., None]) + color * alpha[..., None], 2, 0)
    limit = 5 if has_alpha else 7
    columns = max(1, _round(limit * width / max(width, height)))
    rows = max(1, _round(limit * height / max(width, height)))
    light, light_parts, light_scale = _transform((red + green + blue) / 3, max(3, columns), max(3, rows))
    yellow, yellow_parts, yellow_scale = _transform((red + green) / 2 - blue, 3, 3)
    pink, pink_parts, pink_scale = _transform(red - green, 3, 3)
    landscape = width > height
    head = _round(63 * light) | _round(31.5 + 31.5 * yellow) << 6 | _round(31.5 + 31.5 * pink) << 12
    head |= _round(31 * light_scale) << 18 | has_alpha << 23
    tail = rows if landscape else columns
    tail |= _round(63 * yellow_scale) << 3 | _round(63 * pink_scale) << 9 | landscape << 15
    out = bytearray(head.to_bytes(3, "little") + tail.to_bytes(2, "little"))
    parts = [*light_parts, *yellow_parts, *pink_parts]
    if has_alpha:
        opacity, opacity_parts, opacity_scale = _transform(alpha, 5, 5)
        out.append(_round(15 * opacity) | _round(15 * opacity_scale) << 4)
        parts += opacity_parts
    nibbles = [_round(15 * part) for part in parts]
    nibbles += [0] * (len(nibbles) % 2)
    out += bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return bytes(out)


def _transform(plane: Plane, columns: int, rows: int) -> tuple[float, list[float], float]:
    """Return the mean, the low frequencies scaled to 0 … 1, and that scale."""
    height, width = plane.shape
    across = np.cos(np.pi / width * np.outer(np.arange(columns), np.arange(width) + 0.5))
    down = np.cos(np.pi / height * np.outer(np.arange(rows), np.arange(height) + 0.5))
    found = down @ plane @ across.T / (width * height)
    kept = [
        float(found[row, column])
        for row in range(rows)
        for column in range(columns)
        if column * rows < columns * (rows - row) and (row or column)
    ]
    scale = max((abs(part) for part in kept), default=0.0)
    return float(found[0, 0]), [0.5 + 0.5 / scale * part if scale else part for part in kept], scale


def _round(value: float) -> int:
    return int(value + 0.5)
