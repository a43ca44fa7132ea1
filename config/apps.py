from importlib import import_module

import sentry_sdk
from django.apps import AppConfig
from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFilesConfig

from config import checks
from config.observability import logs
from config.version import version
from core.database import announcements


class ConfigConfig(AppConfig):
    """Holds the project's own commands, checks and template tags."""

    name = "config"

    def ready(self) -> None:
        """Refuse an unsafe start; register the system checks and lists; report errors if reporting is configured."""
        checks.refuse_unsafe_production()
        checks.register()
        announcements.connect()
        logs.configure_structlog()
        import_module("config.admin.backups")
        if settings.SENTRY_DSN:
            sentry_sdk.init(
                settings.SENTRY_DSN,
                release=version(),
                send_default_pii=False,
                max_request_body_size="never",
            )


class StaticFilesConfig(DjangoStaticFilesConfig):
    """Leaves out what no page of ours requests, 6.5 of 16 MB: another schema viewer, DRF's browsable pages."""

    ignore_patterns = [*DjangoStaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]
