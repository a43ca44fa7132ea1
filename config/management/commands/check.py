"""`check` with the database's version first: an old server is named before any check asks it for something else."""

from typing import Any

from django.conf import settings
from django.core.management.commands.check import Command as DjangoCheck

from config.schema import server_version


class Command(DjangoCheck):
    def execute(self, *app_labels: Any, **options: Any) -> str | None:
        """Refuse an old server, then check."""
        # Where nobody asked for the database, one that is away is none of this check's business.
        is_asked = bool(options["databases"])
        if is_asked or not settings.EMBEDDED:
            server_version.refuse_old(must_answer=is_asked)
        return super().execute(*app_labels, **options)
