"""The small visible mark that says where a picture comes from."""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

WORD = "sandbox"


@lru_cache(maxsize=32)
def _pill(height: int) -> Image.Image:
    font = ImageFont.load_default(height * 0.56)
    width = round(font.getlength(WORD) + height * 0.9)
    scale = 2
    pill = Image.new("RGBA", (width * scale, height * scale))
    pen = ImageDraw.Draw(pill)
    pen.rounded_rectangle(
        (0, 0, width * scale - 1, height * scale - 1), height * scale / 2, fill=(12, 12, 14, 92)
    )
    middle = (width * scale / 2, height * scale * 0.48)
    pen.text(
        middle,
        WORD,
        font=ImageFont.load_default(height * 0.56 * scale),
        anchor="mm",
        fill=(255, 255, 255, 205),
    )
    return pill.resize((width, height), Image.Resampling.LANCZOS)


def stamp(image: Image.Image) -> Image.Image:
    """The image with the mark in its lower right corner."""
    height = max(14, round(min(image.size) * 0.028))
    pill, margin = _pill(height), round(height * 0.8)
    corner = (image.width - pill.width - margin, image.height - pill.height - margin)
    if image.mode == "RGBA":
        image.alpha_composite(pill, corner)
    else:
        image.paste(pill, corner, pill)
    return image
