import math

RATIOS = {
    "1x3": 1 / 3,
    "1x2": 1 / 2,
    "9x16": 9 / 16,
    "2x3": 2 / 3,
    "5x7": 5 / 7,
    "3x4": 3 / 4,
    "4x5": 4 / 5,
    "1x1": 1.0,
    "5x4": 5 / 4,
    "4x3": 4 / 3,
    "3x2": 3 / 2,
    "16x9": 16 / 9,
    "2x1": 2.0,
    "21x9": 21 / 9,
    "3x1": 3.0,
}
"""The ratios that `components/ratio.css` knows, width over height."""


def ratio_class(width: int, height: int) -> str:
    """Return the class that gives a frame its ratio before the image is there: 1536 by 1024 is "r-3x2".

    A strict content policy forbids inline sizes, so a frame takes the nearest of the known ratios and crops
    the few pixels of difference. An image of unknown size gets a square.
    """
    if width <= 0 or height <= 0:
        return "r-1x1"
    ratio = math.log(width / height)
    return "r-" + min(RATIOS, key=lambda name: abs(math.log(RATIOS[name]) - ratio))
