"""POST /v1/moderations, shaped as `omni-moderation-latest` answers. What it flags follows from the input alone.

- `flag:CATEGORY` in the text flags that category, `flag:violence/graphic=0.55` with that score.
- Some plain words flag what they would at OpenAI, see `PLAIN`.
- A picture that is one plain red flags `violence/graphic`.

The endpoint is free, so its calls stand in a log of their own, `/_control/openai/checks`, and a scripted fault is for
one of them only where its `match` names the `path` or the `endpoint`.
"""

import base64
import binascii
import io
import json
import re
import secrets
from collections.abc import Iterable
from typing import Any

from PIL import Image, UnidentifiedImageError
from starlette.requests import Request

from sandbox import trouble
from sandbox.openai.desk import TwinState, error_body, free_endpoint, json_headers
from sandbox.openai.errors import OpenAIError, missing
from sandbox.wire import Answer

CATEGORIES = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
]
SEEN_IN_PICTURES = frozenset(
    {"self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "violence", "violence/graphic"}
)
PLAIN = {
    "test:moderation_input": {"violence": 0.97},
    "dismembered": {"violence": 0.99, "violence/graphic": 0.98},
    "disembowelled": {"violence": 0.99, "violence/graphic": 0.97},
    "duel": {"violence": 0.61},
}
FLAG = re.compile(r"\bflag:([a-z-]+(?:/[a-z]+)?)(?:=(0?\.\d+|1(?:\.0)?))?")
CERTAIN, NONE, FLAGS_AT = 0.97, 0.0001, 0.5
RED = {"violence": 0.93, "violence/graphic": 0.96}
type Scores = dict[str, float]


@free_endpoint
async def moderations(request: Request, desk: TwinState, call: dict[str, Any]) -> Answer:
    try:
        parameters = await request.json()
    except ValueError:
        raise OpenAIError(400, "We could not parse the JSON body of your request.") from None
    if "input" not in parameters:
        raise missing("input")
    inputs = _inputs(parameters["input"])
    call["prompt"] = "\n".join(text for text, _ in inputs)
    call["pictures"] = sum(len(pictures) for _, pictures in inputs)
    # Magic words are for the pictures: here they flag the text, and only a script makes trouble.
    fault = desk.script.take(
        {**call, "prompt": call["prompt"].replace("test:", "test ")}, naming=("path", "endpoint")
    )
    early = await trouble.before_work(fault, request, request.state.headers, error_body)
    if early is not None:
        return early
    body = {
        "id": f"modr-{secrets.token_hex(12)}",
        "model": parameters.get("model") or "omni-moderation-latest",
        "results": [_result(text, pictures) for text, pictures in inputs],
    }
    return trouble.on_the_way(fault, Answer(200, json_headers(request), json.dumps(body).encode()))


def _inputs(given: Any) -> list[tuple[str, list[bytes]]]:
    """Text and pictures for each result: a list of parts is one multi-modal input."""
    if isinstance(given, str):
        return [(given, [])]
    if given and isinstance(given[0], dict):
        text = "\n".join(part.get("text", "") for part in given if part.get("type") == "text")
        pictures = [_picture(part) for part in given if part.get("type") == "image_url"]
        if len(pictures) > 1:
            raise OpenAIError(
                400,
                f"Number of images ({len(pictures)}) exceeds maximum of 1",
                param="input",
                code="too_many_images",
            )
        return [(text, pictures)]
    return [(str(text), []) for text in given]


def _picture(part: dict[str, Any]) -> bytes:
    _, comma, data = str((part.get("image_url") or {}).get("url", "")).partition(";base64,")
    try:
        return base64.b64decode(data, validate=True) if comma else b""
    except binascii.Error:
        raise OpenAIError(400, "Invalid image data.", param="input", code="invalid_image") from None


def _result(text: str, pictures: list[bytes]) -> dict[str, Any]:
    told = _of_words(text)
    seen = _highest(RED for picture in pictures if _is_red(picture))
    kinds = {"text"} if text else set()
    scores = {name: max(told.get(name, NONE), seen.get(name, NONE)) for name in CATEGORIES}
    hits = {name: score >= FLAGS_AT for name, score in scores.items()}
    return {
        "flagged": any(hits.values()),
        "categories": hits,
        "category_scores": scores,
        "category_applied_input_types": {
            name: sorted(kinds | ({"image"} if pictures and name in SEEN_IN_PICTURES else set()))
            for name in CATEGORIES
        },
    }


def _of_words(text: str) -> Scores:
    low = text.lower()
    plain = [scores for word, scores in PLAIN.items() if word in low]
    flagged = [{name: float(score or CERTAIN)} for name, score in FLAG.findall(low) if name in CATEGORIES]
    return _highest([*plain, *flagged])


def _highest(found: Iterable[Scores]) -> Scores:
    highest: Scores = {}
    for scores in found:
        for name, score in scores.items():
            highest[name] = max(score, highest.get(name, 0.0))
    return highest


def _is_red(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            red, green, blue = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))
    except (UnidentifiedImageError, OSError):
        return False
    return bool(red > 200 and green < 40 and blue < 40)
