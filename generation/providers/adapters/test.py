"""The adapter of test worlds: an image drawn here from the prompt, always the same.

Words in the prompt make it fail, so that a partner can try every outcome: see `magic_words.IMAGES`; `test:slow=5` takes
five seconds, at most sixty.
"""

import asyncio
import hashlib

import numpy as np
import pyvips

from generation.catalog import magic_words
from generation.catalog.parameters import TRANSPARENT
from generation.media.executors import in_image_thread
from generation.models import Outcome
from generation.models.attempt import Blame
from generation.providers.contract import DeliveredImage, Preview, ProviderCall, ProviderFailure

EDGE = 1024
SLOWEST = 60.0
CELLS = 6
SENTENCE = "Asked for by the prompt"


async def make(call: ProviderCall, preview: Preview) -> DeliveredImage:
    """Make one image. Raises `ProviderFailure` if the prompt says so."""
    for word, argument in magic_words.PATTERN.findall(call.prompt):
        if word == magic_words.SLOW:
            await asyncio.sleep(min(SLOWEST, float(argument or 5)))
        elif word in magic_words.IMAGES:
            detail = {"stage": word.removeprefix("moderation_"), "categories": ["violence"]}
            moderated = word.startswith("moderation_")
            raise ProviderFailure(
                magic_words.IMAGES[word],
                Outcome.REFUSED if moderated else Outcome.FAILED,
                SENTENCE,
                detail=detail if moderated else None,
                blame=Blame.NOBODY,
            )
    for part in range(call.partials):
        await preview(await in_image_thread(_draw)(call, CELLS // (call.partials + 1) * (part + 1)))
    image = await in_image_thread(_draw)(call, CELLS)
    return DeliveredImage(image, request=f"test-{call.attempt}", seed=call.parameters.seed)


def _draw(call: ProviderCall, cells: int) -> bytes:
    """Draw soft fields of color that follow from the prompt and the seed, with `cells` of detail along each edge."""
    asked = call.parameters
    named = "" if asked.seed is None else f"\0{asked.seed}"
    digest = hashlib.sha256(f"{call.prompt}\0{call.model}{named}".encode()).digest()
    noise = np.random.default_rng(list(digest)).integers(0, 256, (cells + 1, cells + 1, 3), np.uint8)
    small = pyvips.Image.new_from_memory(noise.tobytes(), cells + 1, cells + 1, 3, "uchar").copy(
        interpretation="srgb"
    )
    width, height = asked.pixels or (EDGE, EDGE)
    image = small.resize(width / small.width, vscale=height / small.height, kernel="cubic")
    image = image.crop(0, 0, width, height)
    label = pyvips.Image.text("TEST", width=width // 3, height=height // 8)
    mark = label.embed(width // 32, height // 32, width, height)
    image = mark.ifthenelse([255, 255, 255], image, blend=True).cast("uchar")
    if asked.background == TRANSPARENT:
        image = image.bandjoin((mark.cast("float") * 0.5 + 96).cast("uchar"))
    options = {"compression": 4} if asked.output_format == "png" else {"Q": asked.output_compression or 90}
    data: bytes = image.write_to_buffer(f".{asked.output_format}", **options)
    return data
