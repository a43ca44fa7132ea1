"""POST /v1/moderations, shaped as `omni-moderation-latest` answers; only the magic words are flagged."""

import json
import secrets
from typing import Any

from starlette.requests import Request

from sandbox import trouble
from sandbox.openai.desk import Desk, endpoint, error_body, json_headers
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
FLAGGED = "test:moderation_input"


@endpoint
async def moderations(request: Request, desk: Desk, call: dict[str, Any]) -> Answer:
    try:
        parameters = await request.json()
    except ValueError:
        raise OpenAIError(400, "We could not parse the JSON body of your request.") from None
    if "input" not in parameters:
        raise missing("input")
    texts = _texts(parameters["input"])
    call["prompt"] = "\n".join(texts)
    # Magic words are for the pictures: here they flag the text, and only a script makes trouble.
    fault = desk.script.take({**call, "prompt": call["prompt"].replace("test:", "test ")})
    early = await trouble.before_work(fault, request, request.state.headers, error_body)
    if early is not None:
        return early
    results = [_result(text) for text in texts]
    body = {
        "id": f"modr-{secrets.token_hex(12)}",
        "model": parameters.get("model") or "omni-moderation-latest",
        "results": results,
    }
    return trouble.on_the_way(fault, Answer(200, json_headers(request), json.dumps(body).encode()))


def _texts(given: Any) -> list[str]:
    """One text per result: a list of parts is one multi-modal input."""
    if isinstance(given, str):
        return [given]
    if given and isinstance(given[0], dict):
        return ["\n".join(part.get("text", "") for part in given)]
    return [str(text) for text in given]


def _result(text: str) -> dict[str, Any]:
    flagged = FLAGGED in text
    hits = {"violence"} if flagged else set()
    return {
        "flagged": flagged,
        "categories": {name: name in hits for name in CATEGORIES},
        "category_scores": {name: 0.97 if name in hits else 0.0001 for name in CATEGORIES},
        "category_applied_input_types": {name: ["text"] for name in CATEGORIES},
    }
