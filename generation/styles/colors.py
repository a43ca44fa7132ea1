"""Names of colors, which a model understands better than numbers."""

import re
from functools import cache

HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)

NAMES = {
    "black": "#111111", "charcoal": "#333638", "slate": "#5b6670", "grey": "#8a8a8a", "silver": "#bfc3c7",
    "pearl": "#e6e4e0", "white": "#ffffff", "ivory": "#faf6e8", "cream": "#f3e6cc", "sand": "#d8b98c",
    "beige": "#e4d2b4", "khaki": "#b5a36a", "taupe": "#8b7d6b", "umber": "#635147", "chocolate": "#4e342e",
    "brown": "#795338", "chestnut": "#954535", "terracotta": "#c9572f", "rust": "#a8431e", "copper": "#b87333",
    "orange": "#f07f1a", "apricot": "#f6b183", "peach": "#ffcba4", "amber": "#ffbf00", "ochre": "#e2a93b",
    "mustard": "#c99a1e", "gold": "#d4af37", "yellow": "#ffe135", "lemon": "#fff59d", "lime": "#b5d334",
    "olive": "#6b6b2a", "moss": "#7d8f4e", "sage": "#a9b79b", "mint": "#b5e5cf", "emerald": "#1faa6b",
    "green": "#2e8b3d", "bottle green": "#3f6b57", "forest green": "#1f4d2b", "teal": "#17807e",
    "turquoise": "#3fd0c9", "aqua": "#9fe3e6", "sky blue": "#87c1eb", "azure": "#2f8fe8", "blue": "#2457d6",
    "cobalt": "#1f3fa8", "navy": "#172a54", "midnight blue": "#101a3c", "steel blue": "#4f7aa3",
    "periwinkle": "#a6aee8", "lavender": "#cdbfe6", "violet": "#7a4fc4", "purple": "#6a2c91",
    "aubergine": "#43203f", "plum": "#84486b", "magenta": "#c71f8d", "pink": "#f29bb6", "blush": "#f0cfcb",
    "salmon": "#f4846f", "coral": "#ff6f52", "red": "#d9222a", "crimson": "#a8142f", "burgundy": "#6b1528",
}  # fmt: skip
"""Names that people and models share, with the color that each stands for."""


@cache
def name(color: str) -> str:
    """Return the nearest name for `#rrggbb`."""
    wanted = _oklab(color)
    return min(NAMES, key=lambda one: _distance(wanted, _oklab(NAMES[one])))


def words(palette: list[str]) -> str:
    """Word a palette for a prompt: `terracotta (#c9572f), cream (#f3e6cc)`."""
    return ", ".join(f"{name(color)} ({color})" for color in palette)


def _distance(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


@cache
def _oklab(color: str) -> tuple[float, float, float]:
    """Convert to Björn Ottosson's OKLab, where equal distances look equal: https://bottosson.github.io/posts/oklab/."""
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(part: float) -> float:
    """Linearize one channel of sRGB (IEC 61966-2-1)."""
    # The numbers are the standard's.
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
