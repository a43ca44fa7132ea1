"""`migrate` with the database's functions, without the minute that dj-stripe's history costs a new database.

Once all migrations are applied, the functions and triggers of `config.schema.sql_functions` are installed, under the
same lock.

dj-stripe's first three migrations create its tables and then remove 514 columns, and Django renders some
fifty models anew for each removal: 50 of the 56 seconds that a first `migrate` takes. If none of that history
has been applied yet, the tables are created as the history leaves them and the history is recorded as
applied, in one transaction. The schema is the same to the last constraint name;
`tests/config/schema/test_migrate.py` compares the two. A database that has any of dj-stripe already takes Django's
own way.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import ModelOperation

from config.schema import server_version, sql_functions
from core.database import availability

APP = "djstripe"
LOCK = 0x63_69_6F_01
"""Number of the advisory lock by which two simultaneous starts migrate one after the other."""

LONG = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""A migration may take as long as it needs, once it has its locks."""


class Command(DjangoMigrate):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Refuse an old server before the system checks, which ask it for more."""
        server_version.refuse_old()
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        looks_only = options["plan"] or options["check_unapplied"] or options["prune"]
        is_whole = not (options["app_label"] or options["fake"] or looks_only)
        with _alone(connection), availability.override_timeouts(**LONG):
            try:
                if is_whole:
                    self._collapse(connection, options["verbosity"])
                super().handle(*args, **options)
                if is_whole:
                    self._install(connection, options["verbosity"])
            except OperationalError as error:
                if not availability.is_lock_timeout(error):
                    raise
                raise CommandError(
                    "Other connections are using what this migration changes, and waiting for them would hold up everybody. "
                    "It was rolled back; the migrations before it are kept. Run it again."
                ) from error
        if options["check_unapplied"] and sql_functions.pending(connection):
            sys.exit(1)

    def _install(self, connection: BaseDatabaseWrapper, verbosity: int) -> None:
        replaced, dropped = sql_functions.install(connection)
        if verbosity >= 1:
            self.stdout.write(self.style.MIGRATE_HEADING("Installing functions and triggers:"))
            for label in replaced:
                self.stdout.write(f"  Installed {label}.")
            for label in dropped:
                self.stdout.write(f"  Dropped {label}.")
            if not replaced + dropped:
                self.stdout.write("  None has changed.")

    def _collapse(self, connection: BaseDatabaseWrapper, verbosity: int) -> None:
        # Needed by the progress report.
        self.verbosity = verbosity
        executor = MigrationExecutor(connection, self.migration_progress_callback)  # type: ignore[arg-type] # the stubs know another signature
        history = _untouched_history(executor, connection)
        if not history:
            return
        loader = executor.loader
        # Migrations that need nothing of theirs come first: while their models are in the state, each change
        # of a model that they point to, such as the user, renders all of them anew.
        first = [key for key in loader.graph.leaf_nodes() if not _needs(loader, key)]
        executor.migrate(first)
        if verbosity >= 1:
            self.stdout.write(f"  Creating {APP}'s tables as its {len(history)} migrations leave them.")
        state = loader.project_state([*first, (APP, history[-1].name)])
        with connection.schema_editor(atomic=True) as editor:
            for model in state.apps.get_app_config(APP).get_models():
                editor.create_model(model)
            for migration in history:
                executor.recorder.record_applied(APP, migration.name)


def _needs(loader: MigrationLoader, key: tuple[str, str]) -> bool:
    """Return whether that migration is the app's own or comes after one of them."""
    return any(app == APP for app, _ in loader.graph.forwards_plan(key))


def _untouched_history(executor: MigrationExecutor, connection: BaseDatabaseWrapper) -> list[Migration]:
    """Return the app's migrations in order; none if only Django's own way is certain to be right."""
    loader = executor.loader
    leaves = loader.graph.leaf_nodes(APP)
    if len(leaves) != 1 or any(app == APP for app, _ in loader.applied_migrations):
        return []
    history = [loader.graph.nodes[key] for key in loader.graph.forwards_plan(leaves[0]) if key[0] == APP]
    plain = all(
        isinstance(operation, (ModelOperation, FieldOperation)) for m in history for operation in m.operations
    )
    return history if plain and not _has_tables(connection) else []


def _has_tables(connection: BaseDatabaseWrapper) -> bool:
    return any(name.startswith(f"{APP}_") for name in connection.introspection.table_names())


@contextmanager
def _alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with (
        availability.override_timeouts(statement_timeout="0", lock_timeout="0"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
