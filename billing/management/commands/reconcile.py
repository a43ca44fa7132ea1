"""Reconciliation by hand."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.reconciliation import run


class Command(BaseCommand):
    help = (
        "Compare the ledger with itself, with the storage and with Stripe; print each difference and exit 1 where "
        "there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="Ask Stripe only about so many days; all by default.")
        parser.add_argument("--without-files", action="store_true", help="Leave the storage out.")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        found = run.run(
            timezone.now() - timedelta(days=days) if days else None, with_checks=not options["without_files"]
        )
        for line in found.differences:
            self.stdout.write(line)
        compared = ", ".join(f"{number:,} {name}" for name, number in sorted(found.counts.items()))
        if found.number > len(found.differences):
            self.stdout.write(f"… and {found.number - len(found.differences):,} more")
        if found.number:
            raise CommandError(f"{found.number} differences; compared: {compared or 'nothing'}")
        self.stdout.write(f"No difference; compared: {compared or 'nothing'}")
