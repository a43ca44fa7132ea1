"""The address at which Stripe tells us what happened, and dj-stripe's row for it."""

import uuid
from typing import Any

from django.conf import settings
from djstripe.models import WebhookEndpoint

from billing.stripe.client import client

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
    "charge.updated",
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
    "payment_method.detached",
    "customer.deleted",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
)
"""Events that Stripe has to send; dj-stripe stores others, and they do nothing."""
TOLERANCE = 300
"""Seconds that a signature may be old; the same into the future."""


def address() -> str:
    """Return the address that Stripe has to call."""
    return f"{settings.BASE_URL}{PATH}"


def compare_at_stripe(*, fix: bool) -> tuple[list[str], str]:
    """Compare Stripe's endpoint with what this code needs.

    Args:
        fix: make the endpoint, or correct its events and status.

    Returns:
        What is still wrong, in sentences, and the secret of an endpoint that was made.

    Raises:
        stripe.StripeError: Stripe can't be asked, or refuses.
    """
    endpoints = client().v1.webhook_endpoints
    found = next(
        (one for one in endpoints.list({"limit": 100}).auto_paging_iter() if one.url == address()), None
    )
    if found is None:
        if not fix:
            return [f"Stripe has no endpoint {address()}. Run this with --fix."], ""
        wanted: Any = {
            "url": address(), "enabled_events": list(EVENTS), "api_version": settings.STRIPE_API_VERSION,
        }  # fmt: skip
        made = endpoints.create(wanted)
        return [], str(made.secret)
    missing = [] if "*" in found.enabled_events else sorted(set(EVENTS) - set(found.enabled_events))
    if fix and (missing or found.status != "enabled"):
        events: Any = [*{*found.enabled_events, *missing}]
        found = endpoints.update(found.id, {"enabled_events": events, "disabled": False})
        missing = []
    wrong = [f"Stripe does not send {', '.join(missing)}. Run this with --fix."] if missing else []
    if found.status != "enabled":
        wrong.append(f"The endpoint is {found.status}. Run this with --fix.")
    if found.api_version != settings.STRIPE_API_VERSION:
        # Stripe takes the version when an endpoint is made, and never changes it.
        wrong.append(
            f"The endpoint sends events of version {found.api_version or 'of the account'}, this code reads "
            f"{settings.STRIPE_API_VERSION}. Delete the endpoint at Stripe and run this with --fix."
        )
    return wrong, ""


def ensure() -> WebhookEndpoint:
    """Create or correct dj-stripe's row for our address; its secret and validation method are always ours."""
    wanted = {
        "url": address(),
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
