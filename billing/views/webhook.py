"""Stripe's webhook: what is not Stripe's own is rejected before anything is stored."""

import time

import stripe
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from djstripe.views import ProcessWebhookView

from accounts.access import public
from billing.models.stripe_trouble import TroubleKind
from billing.stripe import failures, webhook_endpoint
from core.addresses import client_address
from core.inputs import parsing

MOST_BYTES = 256 * 1024

_process = ProcessWebhookView.as_view()


@public
# Stripe has no cookie of ours; its signature is checked instead.
@csrf_exempt
# dj-stripe keeps the record of a failure while its work is rolled back.
@transaction.non_atomic_requests
@require_POST
def webhook(request: HttpRequest) -> HttpResponseBase:
    """Check size, signature, age, mode and account, then hand the event to dj-stripe and our receivers.

    2xx: done, or done before. 4xx: not Stripe's, nothing was stored. 5xx: could not be done now; Stripe tries again.
    """
    told = parsing.number(request.headers.get("Content-Length", ""), most=parsing.FAR)
    if (told or 0) > MOST_BYTES or len(request.body) > MOST_BYTES:
        return HttpResponse("Too long.", status=413, content_type="text/plain")
    refusal = _refusal(request)
    if refusal:
        return HttpResponse(refusal, status=400, content_type="text/plain")
    # dj-stripe trusts the leftmost X-Forwarded-For and fails on what is not an address.
    request.META["HTTP_X_FORWARDED_FOR"] = client_address(request) or "0.0.0.0"  # noqa: S104 -- "unknown"
    request.__dict__.pop("headers", None)
    _notice_version(request.body)
    answer: HttpResponseBase = _process(request, uuid=webhook_endpoint.ensure().djstripe_uuid)
    return answer


def _refusal(request: HttpRequest) -> str:
    """Explain why this is not an event of our Stripe account; empty if it is."""
    signature = request.headers.get("Stripe-Signature", "")
    secret = settings.STRIPE_WEBHOOK_SECRET
    if not signature or not signature.isascii() or not secret:
        return "No signature."
    try:
        body = request.body.decode()
        stripe.WebhookSignature.verify_header(body, signature, secret, webhook_endpoint.TOLERANCE)
    except (UnicodeDecodeError, stripe.SignatureVerificationError, ValueError):
        return "Not signed by Stripe."
    if _signed_at(signature) > time.time() + webhook_endpoint.TOLERANCE:
        return "Signed in the future."
    return _misfit(body)


def _misfit(body: str) -> str:
    """Explain what is wrong with a signed body, if anything; only a misconfigured sender can cause it."""
    try:
        event = parsing.json_document(body)
    except ValueError:
        return "Not JSON."
    if (
        not isinstance(event, dict)
        or event.get("object") != "event"
        or not isinstance(event.get("data"), dict)
    ):
        return "Not an event."
    if not isinstance(event["data"].get("object"), dict) or not event.get("id"):
        return "Not an event."
    if event.get("livemode") is not settings.STRIPE_LIVE_MODE:
        return "Test money and real money are not mixed."
    if event.get("account"):
        return "Another account's event."
    return ""


def _notice_version(body: bytes) -> None:
    """Tell operators of events in another version: they are read all the same, since most fields stay."""
    said = parsing.json_document(body.decode()).get("api_version")
    if said != settings.STRIPE_API_VERSION:
        failures.record_kind(
            TroubleKind.VERSION,
            f"An event came as {said or 'no version'}, this code reads {settings.STRIPE_API_VERSION}. "
            "See `manage.py stripe_endpoint`.",
        )


def _signed_at(signature: str) -> float:
    """Return the signature's time; the library has parsed the same header before."""
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    return float(parts["t"])
