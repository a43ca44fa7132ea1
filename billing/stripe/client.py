"""The Stripe client: made from the settings, with short timeouts."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import stripe
from django.conf import settings

TIMEOUT = 10.0
"""Seconds to wait for Stripe while a person waits too."""
WEBHOOK_TIMEOUT = 4.0
"""Seconds that dj-stripe may wait: it asks Stripe inside a database transaction."""


class CheckedClient(stripe.RequestsClient):
    """An HTTP client for which an answer that is no object of Stripe's is an outage.

    The library makes an object of any JSON, whose fields are then missing where they are read: a proxy's page or a
    cut answer would be a fault of ours.
    """

    def request(  # type: ignore[override]  # as the class above it has it, which its own base declares otherwise
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request.

        Raises:
            stripe.APIConnectionError: no answer came, or one with status 2xx that is no object of Stripe's.
        """
        content, status, received = super().request(method, url, headers, post_data)
        if status < 300 and not _is_object(content):  # noqa: PLR2004 -- HTTP's
            raise stripe.APIConnectionError("The answer is no object of Stripe's.")  # type: ignore[no-untyped-call]
        return content, status, received


def _is_object(content: bytes) -> bool:
    try:
        read = json.loads(content)
    except ValueError:
        return False
    return isinstance(read, dict) and isinstance(read.get("object"), str)


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
        http_client=CheckedClient(timeout=TIMEOUT),
    )


def limit_global_client() -> None:
    """Keep dj-stripe, which uses the library's global client, from holding a transaction open for minutes."""
    stripe.default_http_client = CheckedClient(timeout=WEBHOOK_TIMEOUT)
    stripe.max_network_retries = 0


def to_plain_dict(thing: stripe.StripeObject) -> dict[str, Any]:
    """Return a Stripe object as the JSON that it came as."""
    return thing.to_dict()
