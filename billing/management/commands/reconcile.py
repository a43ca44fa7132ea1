"""Reconciliation by hand."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.reconciliation import run


class Command(BaseCommand):
    help = (
        "Compare the ledger with itself, with the storage and with Stripe; print each difference and exit 1 where "
        "there is one. Goes on from the proven point; once a week, and until all is in order, everything is compared."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_mutually_exclusive_group()
        parts.add_argument("--full", action="store_true", help="Compare everything now.")
        parts.add_argument("--days", type=int, help="Ask Stripe about so many days.")
        parser.add_argument("--without-files", action="store_true", help="Leave the storage out.")

    def handle(self, *args: Any, **options: Any) -> None:
        days, with_checks = options["days"], not options["without_files"]
        if days or options["full"]:
            found = run.run(timezone.now() - timedelta(days=days) if days else None, with_checks=with_checks)
        else:
            found = run.run_due(with_checks=with_checks)
        for line in found.differences:
            self.stdout.write(line)
        compared = ", ".join(f"{number:,} {name}" for name, number in sorted(found.counts.items()))
        if found.number > len(found.differences):
            self.stdout.write(f"… and {found.number - len(found.differences):,} more")
        if found.number:
            raise CommandError(f"{found.number} differences; compared: {compared or 'nothing'}")
        self.stdout.write(f"No difference; compared: {compared or 'nothing'}")
