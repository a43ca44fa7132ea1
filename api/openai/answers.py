"""A finished generation as OpenAI's clients expect it."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pybase64
from django.core.files.storage import default_storage

from accounts.errors import Refusal
from api.openai.errors import Canceled, ModerationBlocked, NotMade, ProviderBusy, TookTooLong
from api.openai.parameters import URL, Ask
from generation import files, refusals
from generation.models import Attempt, Generation, Image, ImageStatus, Outcome, Reason

PNG_COLOR_TYPE: Final = 25
PNG_WITH_ALPHA: Final = frozenset({4, 6})
WEBP_FLAGS, WEBP_ALPHA = 20, 0x10


def answer(generation_id: Any, ask: Ask) -> bytes:
    """The body of OpenAI's ImagesResponse.

    Built by hand around the base64, which is what makes a JSON encoder slow.

    Raises:
        Refusal: there is no picture; the sentence says why.
    """
    images = list(
        Image.objects.filter(generation=generation_id).select_related("generation").order_by("index")
    )
    generation = images[0].generation
    stored = [image for image in images if image.status == ImageStatus.STORED and image.deleted_at is None]
    if not stored:
        raise nothing(images)
    parts: list[bytes] = []
    opening = b""
    for image in stored:
        data = original(image)
        opening = opening or data[:32]
        beside = f',"url":{json.dumps(files.signed_url(image))}' if ask.response_format == URL else ""
        parts.append(b'{"b64_json":"' + pybase64.b64encode(data) + b'"' + beside.encode() + b"}")
    facts = {
        "created": int((stored[0].finished_at or generation.created_at).timestamp()),
        **look(generation, stored[0], opening),
        "usage": usage(stored),
    }
    return json.dumps(facts)[:-1].encode() + b',"data":[' + b",".join(parts) + b"]}"


def look(generation: Generation, image: Image, opening: bytes) -> dict[str, str]:
    """What the picture came out as: background, format, quality, size."""
    return {
        "background": background(generation.background, opening),
        "output_format": image.format or generation.output_format,
        "quality": generation.quality or "auto",
        "size": f"{image.width}x{image.height}",
    }


def original(image: Image) -> bytes:
    """The stored bytes."""
    with default_storage.open(image.file) as file:
        data: bytes = file.read()
    return data


def background(ordered: str, opening: bytes) -> str:
    """Transparent where the file has an alpha channel and nobody ordered otherwise.

    Source: PNG (W3C) 11.2.1, colour type; WebP (RFC 9649) 2.7, VP8X flags.
    """
    if ordered != "auto":
        return ordered
    has_alpha = (opening[1:4] == b"PNG" and opening[PNG_COLOR_TYPE] in PNG_WITH_ALPHA) or (
        opening[8:16] == b"WEBPVP8X" and bool(opening[WEBP_FLAGS] & WEBP_ALPHA)
    )
    return "transparent" if has_alpha else "opaque"


def usage(images: list[Image]) -> dict[str, Any]:
    """Tokens of the calls that made these images, as the provider counted them; 0 where it counts none."""
    told = Attempt.objects.filter(image__in=images, outcome=Outcome.SUCCEEDED, is_loss=False)
    total: Counter[str] = Counter(input_tokens=0, output_tokens=0, total_tokens=0)
    details: Counter[str] = Counter(text_tokens=0, image_tokens=0)
    for one in told.values_list("usage", flat=True):
        total.update(_counts(one, total))
        details.update(_counts(one.get("input_tokens_details") or {}, details))
    return {
        **total,
        "input_tokens_details": dict(details),
        "output_tokens_details": {"image_tokens": total["output_tokens"], "text_tokens": 0},
    }


def nothing(images: list[Image]) -> Refusal:
    """Why there is no picture, in words and for clients to tell apart."""
    failed = next((image for image in images if image.reason), None)
    if failed is None:
        return NotMade("The picture was deleted before it could be sent.")
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
