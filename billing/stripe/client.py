"""The Stripe client: made from the settings, with short timeouts."""

from functools import cache
from typing import Any

import stripe
from django.conf import settings

TIMEOUT = 10.0
"""Seconds to wait for Stripe while a person waits too."""
WEBHOOK_TIMEOUT = 4.0
"""Seconds that dj-stripe may wait: it asks Stripe inside a database transaction."""


def client() -> stripe.StripeClient:
    """Return the client of this process; every write through it carries an idempotency key."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": base},
        max_network_retries=1,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


def limit_global_client() -> None:
    """Keep dj-stripe, which uses the library's global client, from holding a transaction open for minutes."""
    stripe.default_http_client = stripe.RequestsClient(timeout=WEBHOOK_TIMEOUT)
    stripe.max_network_retries = 0


def to_plain_dict(thing: stripe.StripeObject) -> dict[str, Any]:
    """Return a Stripe object as the JSON that it came as."""
    return thing.to_dict()
