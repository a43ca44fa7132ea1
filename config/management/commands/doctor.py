"""Everything that an installation needs, asked once: one line a check, with a sentence and a cure."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.doctor import bundle, checkup
from config.doctor.findings import State


class Command(BaseCommand):
    help = (
        "Check everything that an installation needs, from the database to the proxy: one line a check, with a "
        "sentence and a cure. Nothing is changed. Ends with 1 where there is a fault; warnings are none."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--bundle",
            type=Path,
            metavar="FILE",
            help="Write what was found, and what explains it, to a file for support.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = checkup.examine()
        for line in checkup.lines(found):
            self.stdout.write(line)
        if path := options["bundle"]:
            try:
                bundle.write(path, found)
            except OSError as error:
                raise CommandError(
                    f"{path} could not be written: {error.strerror}. Name a file that is not there yet."
                ) from error
            self.stdout.write(f"Wrote {path}. It holds no secrets; look through it before you send it.")
        counts = checkup.counts(found)
        self.stdout.write(f"{counts[State.FAULT]} faults, {counts[State.WARNING]} warnings.")
        if counts[State.FAULT]:
            sys.exit(1)
