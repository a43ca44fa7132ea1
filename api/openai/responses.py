"""Finished generations as OpenAI's clients expect them."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pybase64
from django.db import connection

from api.costs.headers import FIGURES, WALLET, Cost, Figures
from api.openai.errors import (
    Canceled,
    ModerationBlocked,
    NotMade,
    ProviderBusy,
    StorageUnavailable,
    TookTooLong,
)
from api.openai.parameters import URL, ImageRequest
from core.database.rows import Columns
from core.errors import Refusal
from generation.media import storage, urls
from generation.media.storage import StorageError
from generation.models import Generation, Image, Reason
from generation.moderation import refusals

PNG_COLOR_TYPE: Final = 25
PNG_WITH_ALPHA: Final = frozenset({4, 6})
WEBP_FLAGS, WEBP_ALPHA = 20, 0x10
QUALITIES: Final = frozenset({"low", "medium", "high", "xhigh", "max"})
BACKGROUNDS: Final = frozenset({"transparent", "opaque"})
"""What OpenAI's answers may say (openai-python `types/images_response.py`); its stream events have `auto`, too."""
_IMAGE = Columns.for_model(Image, "id", "generation_id", "file", "format", "width", "height", "finished_at")
_GENERATION = Columns.for_model(
    Generation,
    *("id", "quality", "background", "output_format", "created_at", "status", "charged", "is_test"),
)
_STORED: Final = f"""
    SELECT {_IMAGE.listed("image")}, {_GENERATION.listed("generation")}, {FIGURES}
    FROM generation_image AS image JOIN generation_generation AS generation ON generation.id = image.generation_id
    {WALLET}
    WHERE image.generation_id = %s AND image.status = 'stored' AND image.deleted_at IS NULL ORDER BY image.index
"""  # noqa: S608 -- names of columns
_USAGE: Final = """
    SELECT usage FROM generation_attempt WHERE image_id = ANY(%s) AND outcome = 'succeeded' AND NOT is_loss
"""


def images_response(generation_id: Any, ask: ImageRequest) -> tuple[bytes, Cost]:
    """Build the body of OpenAI's ImagesResponse, and say what the generation has cost.

    It is built by hand around the base64, which is what makes a JSON encoder slow; megabytes are copied once.

    Raises:
        Refusal: there is no image; the sentence says why.
    """
    stored, figures = _stored(generation_id)
    if figures is None:
        raise failure_of(list(Image.objects.filter(generation=generation_id).order_by("index")))
    generation = stored[0].generation
    parts: list[bytes] = []
    opening = b""
    for image in stored:
        data = original(image)
        opening = opening or data[:32]
        beside = f',"url":{json.dumps(urls.signed_url(image))}' if ask.response_format == URL else ""
        parts += [b',{"b64_json":"', pybase64.b64encode(data), b'"', beside.encode(), b"}"]
    facts = {
        "created": int((stored[0].finished_at or generation.created_at).timestamp()),
        **describe_output(generation, stored[0], opening),
        "usage": usage(stored),
    }
    parts[0] = json.dumps(facts)[:-1].encode() + b',"data":[' + parts[0].removeprefix(b",")
    return b"".join([*parts, b"]}"]), Cost.of(generation, figures)


def _stored(generation_id: Any) -> tuple[list[Image], Figures | None]:
    """Read its stored images, with the columns that a response needs, and its workspace's figures; None without images."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [generation_id])
        rows: list[Any] = cursor.fetchall()
    images = []
    for row in rows:
        image = _IMAGE.read(row[: len(_IMAGE)])
        image.generation = _GENERATION.read(row[len(_IMAGE) : -2])
        images.append(image)
    return images, Figures(*rows[0][-2:]) if rows else None


def describe_output(generation: Generation, image: Image, opening: bytes) -> dict[str, str]:
    """Describe what the image came out as: background, format, size, and quality where its model has any."""
    return {
        "background": background(generation.background, opening),
        "output_format": image.format or generation.output_format,
        **({"quality": generation.quality} if generation.quality in QUALITIES else {}),
        "size": f"{image.width}x{image.height}",
    }


def original(image: Image) -> bytes:
    """Read the stored bytes.

    Raises:
        StorageUnavailable: the storage can't deliver them now.
    """
    try:
        return storage.get(image.file)
    except StorageError as fault:
        raise StorageUnavailable(
            "The image was made and stored, but the storage can't be read right now. Send the same request again "
            "with its idempotency key, or get the image from the gallery; it is not charged twice.",
            retry_after=5,
        ) from fault


def background(ordered: str, opening: bytes) -> str:
    """Return the background that was ordered; without an order, "transparent" if the file has an alpha channel.

    Source: PNG (W3C) 11.2.1, color type; WebP (RFC 9649) 2.7, VP8X flags.
    """
    if ordered in BACKGROUNDS:
        return ordered
    has_alpha = (opening[1:4] == b"PNG" and opening[PNG_COLOR_TYPE] in PNG_WITH_ALPHA) or (
        opening[8:16] == b"WEBPVP8X" and bool(opening[WEBP_FLAGS] & WEBP_ALPHA)
    )
    return "transparent" if has_alpha else "opaque"


def usage(images: list[Image]) -> dict[str, Any]:
    """Sum the tokens that the provider counted for the calls that made these images; 0 if it counts none."""
    with connection.cursor() as cursor:
        cursor.execute(_USAGE, [[image.pk for image in images]])
        told = [json.loads(usage) for (usage,) in cursor.fetchall()]
    total: Counter[str] = Counter(input_tokens=0, output_tokens=0, total_tokens=0)
    details: Counter[str] = Counter(text_tokens=0, image_tokens=0)
    for one in told:
        total.update(_counts(one, total))
        details.update(_counts(one.get("input_tokens_details") or {}, details))
    return {
        **total,
        "input_tokens_details": dict(details),
        "output_tokens_details": {"image_tokens": total["output_tokens"], "text_tokens": 0},
    }


def failure_of(images: list[Image]) -> Refusal:
    """Explain why there is no image, in words and by a code for clients."""
    failed = next((image for image in images if image.reason), None)
    if failed is None:
        return NotMade("The image was deleted before it could be sent.")
    sentence = refusals.sentence(failed.reason, failed.detail)
    match failed.reason:
        case Reason.MODERATION_INPUT | Reason.MODERATION_OUTPUT:
            listed = failed.detail.get("categories") or []
            categories = f" safety_violations=[{', '.join(map(str, listed))}]" if listed else ""
            details = {
                "moderation_stage": failed.detail.get("stage", failed.reason.removeprefix("moderation_")),
                "categories": listed,
            }
            return ModerationBlocked(sentence + categories, moderation_details=details)
        case Reason.PROVIDER_BUSY:
            return ProviderBusy(sentence)
        case Reason.TIMEOUT:
            return TookTooLong(sentence)
        case Reason.CANCELED:
            return Canceled(sentence)
        case _:
            return NotMade(sentence)


def _counts(told: Mapping[str, Any], wanted: Mapping[str, int]) -> dict[str, int]:
    return {name: value for name in wanted if isinstance(value := told.get(name), int)}
