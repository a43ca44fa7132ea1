"""`manage.py renew_secrets`: encrypt stored secrets with the first of `ENCRYPTION_KEYS`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.webhooks import keys
from core.encryption import NotDecryptableError


class Command(BaseCommand):
    """Run it after a new key was put first; the former key may be removed afterwards."""

    help = "Encrypt stored secrets anew with the first of ENCRYPTION_KEYS, so that the others may be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Encrypt them, all or none."""
        try:
            self.stdout.write(f"{keys.renew():,} secrets are encrypted with the first key.")
        except NotDecryptableError as error:
            raise CommandError(
                "None of ENCRYPTION_KEYS decrypts one of the secrets; nothing was changed. Put back the key that is missing."
            ) from error
