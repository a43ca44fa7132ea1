"""Client of OpenAI's moderation endpoint for words and images: free of charge, with a short time limit.

Source: openai-python 3.54, `resources/moderations.py` and `types/moderation.py`. `omni-moderation-latest` takes one
image per request ("Number of images (2) exceeds maximum of 1"), so each further one goes in a request of its own.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
from django.conf import settings
from openai import OpenAIError

from generation.providers.openai.client import client

MODEL = "omni-moderation-latest"
SECONDS = 3.0
"""For all requests of one check together; a person is waiting."""
MOST = 64 * 1024
"""Bytes of an answer that are read; a real one has three thousand."""


class ModerationUnavailableError(Exception):
    """The endpoint gave no readable answer, or not in time."""


async def scores(words: str, pictures: Sequence[bytes] = ()) -> dict[str, float]:
    """Return the endpoint's score for each of its categories, 0 to 1: the highest over words and images.

    Args:
        words: as they would be sent to the provider.
        pictures: small versions of the references, WebP.

    Raises:
        Unanswered: `SECONDS` were not enough, or the answer was invalid.
    """
    text = {"type": "text", "text": words}
    shown = [_shown(picture) for picture in pictures]
    inputs = [[text, *shown[:1]], *([one] for one in shown[1:])]
    try:
        async with asyncio.timeout(SECONDS):
            answers = await asyncio.gather(*(_ask(one) for one in inputs))
    except TimeoutError as error:
        raise ModerationUnavailableError(f"No answer within {SECONDS:.0f} s") from error
    except (OpenAIError, httpx2.TransportError) as error:
        raise ModerationUnavailableError(f"{type(error).__name__}: {error}"[:200]) from error
    highest: dict[str, float] = {}
    for answer in answers:
        for category, score in answer.items():
            highest[category] = max(score, highest.get(category, 0.0))
    return highest


async def _ask(parts: list[Any]) -> Mapping[str, float]:
    endpoint = client(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY).moderations.with_raw_response
    answer = await endpoint.create(model=MODEL, input=parts, timeout=SECONDS)
    body = answer.http_response.content
    try:
        told = json.loads(body[:MOST])["results"][0]["category_scores"]
        return {str(name): float(score) for name, score in told.items() if isinstance(score, int | float)}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModerationUnavailableError(f"Not an answer: {body[:80]!r}"[:200]) from error


def _shown(picture: bytes) -> dict[str, Any]:
    return {
        "type": "image_url",
        "image_url": {"url": f"data:image/webp;base64,{b64encode(picture).decode()}"},
    }
