"""Restoring a backup, and trying whether it could be restored."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backups import restoring, trial
from config.backups.programs import BackupError
from config.schema import server_version


class Command(BaseCommand):
    help = "Restore a backup of `manage.py backup` into an empty database; with --check only try, into one beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", type=Path, help="The backup's folder, or the one whose newest is meant.")
        parser.add_argument(
            "--check",
            action="store_true",
            help="Restore into a new database, prove it, drop it, and exit 1 with any difference.",
        )
        parser.add_argument(
            "--overwrite", action="store_true", help="Throw away what is in the database now."
        )
        parser.add_argument("--without-objects", action="store_true", help="Leave the bucket as it is.")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Refuse an old server before the system checks, which ask it for more."""
        server_version.refuse_old()
        return super().execute(*args, **options)

    def handle(self, *_args: Any, **options: Any) -> None:
        place, say = options["dir"].absolute(), self.stdout.write
        try:
            if options["check"]:
                self._report(trial.check(place, say))
                return
            restoring.restore(
                place, overwrite=options["overwrite"], with_objects=not options["without_objects"], say=say
            )
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        say("Run manage.py prepare and manage.py reconcile --full, start web and live, and the workers last.")

    def _report(self, differences: list[str]) -> None:
        for line in differences[: trial.SHOWN]:
            self.stdout.write(line)
        if differences:
            raise CommandError(f"{len(differences)} differences: this backup is not to be relied on")
        self.stdout.write("No difference: this backup can be restored")
