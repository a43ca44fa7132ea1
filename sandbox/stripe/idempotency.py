"""Idempotency keys (docs.stripe.com/api/idempotent_requests).

The first answer of a key is kept for it, refusals and 500s included, unless the call never began to work: its parameters
were wrong in themselves, or another one with the same key was at it.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request

from sandbox.stripe.errors import StripeError
from sandbox.stripe.twin import Twin
from sandbox.wire import Answer

NEVER_BEGAN = (401, 403, 409, 429, 502, 503, 504)
INVALID = ("parameter_missing", "parameter_unknown", "parameter_invalid_integer", "url_invalid")


def key_of(request: Request) -> str | None:
    """The key of a call, if it has one; only writes do. Raises a 400 if it is no key."""
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is not None and not 0 < len(key) <= 255:
        message = "Idempotency keys must be between 1 and 255 characters long."
        raise StripeError(400, message, type="idempotency_error")
    return key


@contextmanager
def in_flight(twin: Twin, key: str | None) -> Iterator[None]:
    """Refuse a second call with the same key as long as the first has no answer."""
    if key is None:
        yield
        return
    if key in twin.in_flight:
        message = (
            "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
            f"twice, and the other request is still going through): {key}. Please try again later."
        )
        raise StripeError(409, message, type="idempotency_error", code="idempotency_key_in_use")
    twin.in_flight.add(key)
    try:
        yield
    finally:
        twin.in_flight.discard(key)


def replayed(
    twin: Twin, key: str | None, request: Request, params: dict[str, Any], headers: dict[str, str]
) -> Answer | None:
    """The answer that the key has had. Raises a 400 if it was for another request."""
    kept = twin.store.replies.get(key) if key else None
    if kept is None:
        return None
    if kept["fingerprint"] != fingerprint(request, params):
        message = (
            f"Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise StripeError(400, message, type="idempotency_error")
    told = {"idempotent-replayed": "true", "original-request": kept["request_id"]}
    return Answer(kept["status"], {**headers, **told}, kept["body"].encode())


def keep(twin: Twin, key: str | None, print_: str, answer: Answer) -> None:
    """Keep an answer for its key, if the call began to work."""
    if key is None or not isinstance(answer.body, bytes) or not _began(answer.status, answer.body):
        return
    twin.store.replies[key] = {
        "fingerprint": print_,
        "status": answer.status,
        "body": answer.body.decode(),
        "request_id": answer.headers["request-id"],
    }


def fingerprint(request: Request, params: dict[str, Any]) -> str:
    content = json.dumps([request.url.path, params], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _began(status: int, body: bytes) -> bool:
    if status in NEVER_BEGAN:
        return False
    if status < 400:
        return True
    error = json.loads(body)["error"]
    return error.get("code") not in INVALID and error["type"] != "idempotency_error"
