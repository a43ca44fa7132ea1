"""Everything to be done between two versions, in one process: schema, cache table, catalog, static files."""

from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.schema import server_version, sql_functions
from config.ui import collected


class Command(BaseCommand):
    help = (
        "Bring the database, the catalog and the static files up to this version; quick when nothing changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="Also create the demo accounts, for trying it out."
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Refuse an old server before the system checks, which ask it for more."""
        server_version.refuse_old()
        return super().execute(*args, **options)

    def handle(self, *_args: Any, **options: Any) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()) or sql_functions.pending(connection):
            call_command("migrate", verbosity=0, stdout=self.stdout)
        call_command("createcachetable")
        collected.collect()
        for name in ("seed_catalog", *(["setup_demo"] if options["demo"] else [])):
            if name in get_commands():
                call_command(name, stdout=self.stdout)
