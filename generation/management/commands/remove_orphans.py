"""Removal of objects in the store that no row knows, by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from generation.maintenance import orphans

SHOWN = 10


class Command(BaseCommand):
    help = (
        "List objects in the store that are older than a day and belong to no row; with --really, delete them. After a "
        "restore of the database these include what was bought since: see the handbook first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--really", action="store_true", help="Delete them, whatever speaks against it.")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = orphans.find()
        more = "" if found.is_complete else "more than "
        for day, number in sorted(found.days.items()):
            self.stdout.write(f"{day}: {number:,} objects")
        for name in found.names[:SHOWN]:
            self.stdout.write(f"  {name}")
        unknown = sum(found.unknown.values())
        self.stdout.write(
            f"{more}{len(found.names):,} objects, {found.size:,} bytes, belong to no row; {unknown:,} of "
            f"{sum(found.originals.values()):,} originals."
        )
        if objection := found.objection():
            self.stdout.write(f"The nightly sweep keeps them. {objection}")
        if not options["really"]:
            self.stdout.write("Nothing was deleted; with --really they are.")
            return
        removed = orphans.remove(found)
        while not found.is_complete:
            found = orphans.find()
            removed += orphans.remove(found)
        orphans.accept_database()
        self.stdout.write(f"{removed:,} objects were deleted.")
