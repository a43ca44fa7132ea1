"""Secrets and signatures of webhooks, after Standard Webhooks (https://www.standardwebhooks.com)."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from standardwebhooks.webhooks import Webhook

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Make a secret: `whsec_` and 32 random bytes in base 64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message: str, at: datetime, body: str, valid: Iterable[str]) -> dict[str, str]:
    """Return the three headers that a receiver verifies.

    Args:
        message: id of the event, the same for every try.
        at: the moment of this try, in UTC.
        body: as it is sent.
        valid: the secrets, of which a receiver knows at least one.
    """
    signatures = (Webhook(secret).sign(message, at, body) for secret in valid)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
