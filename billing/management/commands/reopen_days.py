"""`manage.py reopen_days`: forget the sums of days that are over, and sum them again."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.accounting import closing


class Command(BaseCommand):
    """Close all days anew, where the nightly proof says that a closed day differs from its transfers."""

    help = "Forget the sums of closed days and sum them again. Safe at any time; pages are slower meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        """Reopen, and close what is over."""
        reopened = closing.reopen()
        self.stdout.write(f"{reopened:,} days were open again, {len(closing.close_days()):,} are closed.")
