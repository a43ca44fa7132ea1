"""Django's system checks for what this project depends on; `manage.py check` runs them all."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags
from django.db import connections

from config import production

TOLERANCE_SECONDS = 300
"""Stripe's own: older signatures are replays (https://docs.stripe.com/webhooks#verify-events)."""


def register() -> None:
    """Register the checks with Django; for `AppConfig.ready`."""
    checks.register(production_is_safe, Tags.security, deploy=True)
    checks.register(webhooks_are_verified, Tags.database)


def refuse_unsafe_production() -> None:
    """Refuse to start a process with settings that are unsafe in production, wherever they come from.

    Raises:
        ImproperlyConfigured: some settings are unsafe; one sentence for each.
    """
    production.refuse_unsafe(_settings())


def production_is_safe(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """Report what stops the start in production, and what merely should not be."""
    found: list[CheckMessage] = [
        Error(sentence, id="createio.E001") for sentence in production.complaints(_settings())
    ]
    if not settings.ENV.email_url:
        found.append(
            checks.Warning(
                "EMAIL_URL is not set: emails with sign-in codes go to the log.", id="createio.W001"
            )
        )
    if settings.EMBEDDED:
        found.append(
            checks.Warning(
                "DATABASE_URL is not set: one machine's disk holds everything.", id="createio.W002"
            )
        )
    twins = [
        name for name in ("openai_api_key", "fal_key", "stripe_secret_key") if not getattr(settings.ENV, name)
    ]
    if twins:
        names = ", ".join(twins).upper()
        found.append(
            checks.Warning(
                f"Local twins stand in for the real services: {names} not set.", id="createio.W003"
            )
        )
    return found


def webhooks_are_verified(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """Check that each webhook endpoint of dj-stripe verifies signatures and refuses old ones."""
    endpoints = apps.get_model("djstripe", "WebhookEndpoint")
    table = endpoints._meta.db_table  # noqa: SLF001 -- Django's documented name for it
    if "default" not in (databases or ()) or table not in connections["default"].introspection.table_names():
        return []
    careless = endpoints.objects.exclude(
        djstripe_validation_method="verify_signature", djstripe_tolerance=TOLERANCE_SECONDS
    )
    return [
        Error(
            f"Webhook endpoint {endpoint.pk} does not verify signatures within {TOLERANCE_SECONDS} seconds.",
            hint="Set its validation method to verify_signature and its tolerance to 300.",
            id="createio.E002",
        )
        for endpoint in careless
    ]


def _settings() -> dict[str, Any]:
    """Return the settings in force."""
    return {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
