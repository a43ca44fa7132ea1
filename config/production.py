"""Settings that production requires before it may start.

It is production as soon as BASE_URL is https or Stripe's key is a live one: from then on a mistake costs
strangers their money or their secrets. The settings refuse to load with any of these complaints, every
process checks again once it has its settings, in case they were changed afterwards, `manage.py check
--deploy` repeats them, and nothing else asks whether this is production.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import (
    DEVELOPMENT_KEY,
    NO_RESTRICTED_KEY,
    RESTRICTED,
    SANDBOX_WEBHOOK_SECRET,
)

SHARED_CACHES = (
    "django.core.cache.backends.db.",
    "django.core.cache.backends.redis.",
    "django.core.cache.backends.memcached.",
)
"""Caches shared by all processes; a limit that each process counts by itself is none."""
KEY_LENGTH, KEY_VARIETY = 50, 5
"""What Django's own security.W009 requires of SECRET_KEY."""
ENCRYPTION_KEY_LENGTH = 32
"""As many characters as a Fernet key has bytes."""


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Refuse settings that production must not have; elsewhere all of them may pass.

    Raises:
        ImproperlyConfigured: there is something to complain about; one sentence for each.
    """
    if settings["PRODUCTION"] and (found := complaints(settings)):
        raise ImproperlyConfigured("\n".join(("This is production, and it is not safe:", *found)))


def complaints(settings: Mapping[str, Any]) -> list[str]:
    """List one sentence, with the variable to set, for each setting that production must not have."""
    return list(_complaints(settings))


def _complaints(settings: Mapping[str, Any]) -> Iterator[str]:
    if settings["DEBUG"]:
        yield "DEBUG is on: its pages show secrets, and it lets a sender choose the webhook secret."
    if settings["PLAIN_HTTP_LINKS"]:
        yield "PLAIN_HTTP_LINKS is on: anybody on the network path could swap the images that links lead to."
    yield from _about_endpoints(settings)
    key = settings["SECRET_KEY"]
    weak = len(key) < KEY_LENGTH or len(set(key)) < KEY_VARIETY or key.startswith("django-insecure-")
    if key == DEVELOPMENT_KEY or weak:
        yield f"SECRET_KEY is missing or weak: it needs {KEY_LENGTH} random characters or more."
    if settings["STRIPE_LIVE_MODE"] and not settings["SECURE"]:
        yield "STRIPE_SECRET_KEY is a live key, but BASE_URL is not https."
    if (
        "*" in settings["ALLOWED_HOSTS"]
        or urlsplit(settings["BASE_URL"]).hostname not in settings["ALLOWED_HOSTS"]
    ):
        yield "ALLOWED_HOSTS must name the host of BASE_URL, and no wildcard for all."
    if settings["STRIPE_SECRET_KEY"].startswith(RESTRICTED):
        yield f"STRIPE_SECRET_KEY {NO_RESTRICTED_KEY}"
    secret = settings["STRIPE_WEBHOOK_SECRET"]
    if not secret.startswith("whsec_") or secret == SANDBOX_WEBHOOK_SECRET:
        yield "STRIPE_WEBHOOK_SECRET is missing: without it, or with the twin's, anybody could report payments."
    if not settings["CACHES"]["default"]["BACKEND"].startswith(SHARED_CACHES):
        yield "CACHES must be shared by all processes (Redis or the database): sign-in limits are counted there."
    if settings["DJSTRIPE_WEBHOOK_VALIDATION"] != "verify_signature":
        yield "DJSTRIPE_WEBHOOK_VALIDATION must be verify_signature."


def _about_endpoints(settings: Mapping[str, Any]) -> Iterator[str]:
    if settings["PRIVATE_ENDPOINTS"]:
        yield "PRIVATE_ENDPOINTS is on: customers could have our own network called."
    if any(len(key) < ENCRYPTION_KEY_LENGTH for key in settings["ENCRYPTION_KEYS"]):
        yield f"ENCRYPTION_KEYS has a weak key: each needs {ENCRYPTION_KEY_LENGTH} random characters or more."
