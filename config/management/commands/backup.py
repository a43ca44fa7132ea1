"""Backups by hand or by a timer."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backups import folder, making, records
from config.backups.programs import BackupError


class Command(BaseCommand):
    help = "Back the database up, with a list of the bucket's objects and, by --objects, with the objects; safe at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "dir", nargs="?", type=Path, help="Holds the backups, each in a folder of its own."
        )
        parser.add_argument(
            "--objects",
            action="store_true",
            help="Keep the images, too; those of the last such backup are shared with it.",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="Then delete all but the newest N backups in DIR, and the newest with images; without it none is deleted.",
        )
        parser.add_argument(
            "--made-elsewhere",
            metavar="WHAT",
            help="Make none, but note that something else has just made one, so that its age is known.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        elsewhere, place = options["made_elsewhere"], options["dir"]
        if bool(elsewhere) == bool(place):
            raise CommandError("Name a folder for the backup, or what has made one with --made-elsewhere.")
        keep = options["keep"]
        if keep is not None and (keep < 1 or elsewhere):
            raise CommandError("--keep is how many backups stay in DIR: 1 or more.")
        if elsewhere:
            if not records.remember_elsewhere(elsewhere):
                raise CommandError("Nothing was noted: run manage.py prepare first.")
            return
        try:
            made = making.make(place.absolute(), with_objects=options["objects"], say=self.stdout.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Made {made}")
        for old in folder.prune(made.parent, keep, made) if keep else ():
            self.stdout.write(f"Deleted {old}")
