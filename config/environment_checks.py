"""What variables have to look like, beyond what `config.environment` says of each of them."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def refuse_half(values: Mapping[str, Any]) -> None:
    """Refuse variables that mean nothing without another.

    Raises:
        ImproperlyConfigured: one does; the sentence names both.
    """
    if values["sentry_dsn"] and not urlsplit(values["sentry_dsn"]).username:
        raise ImproperlyConfigured(
            "SENTRY_DSN must be the address that Sentry shows, with a key before the @."
        )
    if values["database_direct_url"] and not values["database_url"]:
        raise ImproperlyConfigured("DATABASE_DIRECT_URL is set, but DATABASE_URL is not.")
    if values["s3_endpoint_url"] and not values["s3_bucket"]:
        raise ImproperlyConfigured("S3_ENDPOINT_URL is set, but S3_BUCKET is not.")
    if bool(values["aws_access_key_id"]) != bool(values["aws_secret_access_key"]):
        raise ImproperlyConfigured(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both or none."
        )
    if values["aws_session_token"] and not values["aws_access_key_id"]:
        raise ImproperlyConfigured("AWS_SESSION_TOKEN is set, but AWS_ACCESS_KEY_ID is not.")


def is_share(text: str) -> bool:
    """Return whether this is a number from 0 to 1."""
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def is_network(text: str) -> bool:
    """Return whether this is an address or a network, and not simply everybody; a mere number is a count."""
    if text.isdecimal():
        return False
    try:
        return ip_network(text, strict=False).prefixlen > 0
    except ValueError:
        return False
