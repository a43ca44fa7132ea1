"""`migrate` with the database's functions and patience for locks, without the minute that dj-stripe's history costs.

A change that has to wait for a lock makes all who come later wait behind it, so it waits `LOCK_SECONDS` and gives the others
their turn before it tries again, until its patience is at an end. Once all migrations are applied, the functions and triggers of `config.schema.sql_functions` are installed, under the
same lock.

dj-stripe's first three migrations create its tables and then remove 514 columns, and Django renders some
fifty models anew for each removal: 50 of the 56 seconds that a first `migrate` takes. If none of that history
has been applied yet, the tables are created as the history leaves them and the history is recorded as
applied, in one transaction. The schema is the same to the last constraint name;
`tests/config/schema/test_migrate.py` compares the two. A database that has any of dj-stripe already takes Django's
own way.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
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
TURN_SECONDS = 0.2
"""How often it is asked for."""

LOCK_SECONDS = 2
"""How long a change waits for a lock, and with it whoever comes later; shorter than any request's own patience."""
TIMEOUTS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": f"{LOCK_SECONDS}s",
}
"""A migration may take as long as it needs, once it has its locks."""
PATIENCE = 300.0
"""Seconds for which locks are tried again."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds between two tries, in which others go on."""
_OPEN = """
    SELECT pid, coalesce(nullif(application_name, ''), 'no name'), state, extract(epoch FROM now() - xact_start)::int
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - make_interval(secs => %s)
    ORDER BY xact_start LIMIT 3
"""


class Command(DjangoMigrate):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Refuse an old server before the system checks, which ask it for more."""
        server_version.refuse_old()
        return super().execute(*args, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE,
            metavar="SECONDS",
            help="How long to try again for locks that others hold (%(default)s).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        looks_only = options["plan"] or options["check_unapplied"] or options["prune"]
        is_whole = not (options["app_label"] or options["fake"] or looks_only)

        def work() -> None:
            with availability.override_timeouts(**TIMEOUTS):
                if is_whole:
                    self._collapse(connection, options["verbosity"])
                super(Command, self).handle(*args, **options)
                if is_whole:
                    self._install(connection, options["verbosity"])

        with _alone(connection):
            self._patiently(connection, work, options["patience"])
        if options["check_unapplied"] and sql_functions.pending(connection):
            sys.exit(1)

    def _patiently(self, connection: BaseDatabaseWrapper, work: Callable[[], None], patience: float) -> None:
        """Do it again while others hold locks that it needs: what was applied stays, what was begun was rolled back.

        Raises:
            CommandError: they held them all the time.
        """
        end, pause = time.monotonic() + patience, FIRST_PAUSE
        while True:
            try:
                return work()
            except OperationalError as error:
                if not (availability.is_lock_timeout(error) or availability.is_deadlock(error)):
                    raise
                holders = _open_transactions(connection)
                if time.monotonic() + pause > end:
                    raise CommandError(
                        "Other connections are using what this migration changes, and waiting longer would hold up everybody. "
                        f"It was rolled back; the migrations before it are kept. {holders} Run it again."
                    ) from error
            self.stderr.write(
                f"Other connections use what this migration changes. {holders} Next try in {pause:.0f} s."
            )
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

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


def _open_transactions(connection: BaseDatabaseWrapper) -> str:
    """Say which transactions have been open longest: one of them probably has the lock."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [LOCK_SECONDS])
        found = [
            f"process {pid} ({name}, {state}, {seconds} s)" for pid, name, state, seconds in cursor.fetchall()
        ]
    return f"Open longest: {', '.join(found)}." if found else "Each of them only for a moment."


@contextmanager
def _alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Migrate one after the other.

    Asked for again and again: a statement that waits for the lock would have a snapshot, which an index that is made
    concurrently by whoever has the lock waits for.
    """
    with connection.cursor() as cursor:
        while not _taken(cursor):
            time.sleep(TURN_SECONDS)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    (taken,) = cursor.fetchone() or (False,)
    return bool(taken)
