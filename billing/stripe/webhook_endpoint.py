"""The address at which Stripe tells us what happened, and dj-stripe's row for it."""

import uuid

from django.conf import settings
from djstripe.models import WebhookEndpoint

UUID = uuid.UUID(settings.STRIPE_WEBHOOK_UUID)
"""Part of the address; the same in every installation, so that operators can set Stripe up beforehand."""
PATH = f"/stripe/webhook/{UUID}/"
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "setup_intent.setup_failed",
)
"""Events that Stripe has to send; dj-stripe stores others, and they do nothing."""
TOLERANCE = 300
"""Seconds that a signature may be old; the same into the future."""


def ensure() -> WebhookEndpoint:
    """Create or correct dj-stripe's row for our address; its secret and validation method are always ours."""
    wanted = {
        "url": f"{settings.BASE_URL}{PATH}",
        "secret": settings.STRIPE_WEBHOOK_SECRET,
        "djstripe_tolerance": TOLERANCE,
        "djstripe_validation_method": "verify_signature",
        "livemode": settings.STRIPE_LIVE_MODE,
    }
    fixed = {
        "id": f"we_{UUID.hex}",
        "enabled_events": list(EVENTS),
        "status": "enabled",
        "api_version": settings.STRIPE_API_VERSION,
    }
    row, _ = WebhookEndpoint.objects.get_or_create(djstripe_uuid=UUID, defaults={**wanted, **fixed})
    if any(getattr(row, name) != value for name, value in wanted.items()):
        WebhookEndpoint.objects.filter(djstripe_uuid=UUID).update(**wanted)
        row.refresh_from_db()
    return row
