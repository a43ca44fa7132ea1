"""fal's webhook: a request is done. It wakes the waiting worker, which asks fal for the result with our key.

fal signs the webhooks of all its customers with the same keys, so a signature proves that fal is speaking,
not whose request it is. Nothing in the body is trusted but the request's id, and an id that nobody waits for
does nothing.
Source: docs.fal.ai/model-endpoints/webhooks.
"""

import hashlib
import logging
import re
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import public
from core.inputs import parsing
from generation.providers import completion_notices, jwks

MOST_BYTES = 256 * 1024
TOLERANCE = 300
"""Seconds by which a signature may be old, or ahead."""
_REQUEST = re.compile(r"[0-9A-Za-z_-]{8,100}")
_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}")
_log = logging.getLogger(__name__)


@public
# fal has no cookie of ours; its signature is checked instead.
@csrf_exempt
@require_POST
def fal_webhook(request: HttpRequest) -> HttpResponse:
    """Check size, age and signature, then pass the request's id on; repeating it is harmless.

    200: accepted. 4xx: not fal's. 503: its keys can't be fetched now; fal retries.
    """
    told = parsing.number(request.headers.get("Content-Length", ""), most=parsing.FAR)
    if (told or 0) > MOST_BYTES or len(request.body) > MOST_BYTES:
        return _said("Too long.", 413)
    try:
        refusal = _refusal(request)
    except jwks.NoKeysError as error:
        _log.warning("fal's keys can't be had: %s", error)
        return _said("Come back later.", 503)
    about = "" if refusal else _about(request.body)
    if not about:
        return _said(refusal or "Not about a request.", 400)
    completion_notices.publish(about)
    return _said("Thank you.", 200)


def _refusal(request: HttpRequest) -> str:
    """Say why this was not signed by fal just now; empty if it was."""
    names = ("Request-Id", "User-Id", "Timestamp")
    parts = [request.headers.get(f"X-Fal-Webhook-{name}", "") for name in names]
    signature = request.headers.get("X-Fal-Webhook-Signature", "")
    if not all(parts) or not _SIGNATURE.fullmatch(signature):
        return "No signature."
    signed_at = parsing.number(parts[2], most=parsing.FAR)
    if signed_at is None:
        return "No time."
    if abs(time.time() - signed_at) > TOLERANCE:
        return "Signed too long ago, or in the future."
    message = "\n".join((*parts, hashlib.sha256(request.body).hexdigest()))
    if not jwks.is_signed(
        settings.FAL_JWKS_URL, bytes.fromhex(signature), message.encode("utf-8", "replace")
    ):
        return "Not signed by fal."
    return ""


def _about(body: bytes) -> str:
    """Return the id of the request that a body is about; empty if it names none."""
    try:
        told = parsing.json_document(body)
    except ValueError:
        return ""
    named = told.get("request_id") if isinstance(told, dict) else None
    return named if isinstance(named, str) and _REQUEST.fullmatch(named) else ""


def _said(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain")
