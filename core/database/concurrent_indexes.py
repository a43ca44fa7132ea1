"""Indexes made and dropped while others read and write: operations for migrations that set `atomic = False`.

Both may run again after an interruption, which Django's own can't: an index that was left unfinished is invalid, and in
the way of the next try. Neither keeps anybody waiting, so they wait longer for open transactions than a change of a
table may.
"""

from typing import Any, Final

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation

_WAIT: Final = "SET lock_timeout = '5min'"
_DROP: Final = "DROP INDEX CONCURRENTLY IF EXISTS {}"
_IS_UNFINISHED: Final = "SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


class CreateIndex(RunSQL):
    """Make an index."""

    kind = "INDEX"

    def __init__(self, name: str, definition: str, *states: Operation) -> None:
        """Define it.

        Args:
            name: its name.
            definition: what follows the name in `CREATE INDEX`, from ON on.
            states: what Django has to know of it.
        """
        self.index = name
        made = f"CREATE {self.kind} CONCURRENTLY IF NOT EXISTS {name} {definition}"
        super().__init__([_WAIT, made], _DROP.format(name), state_operations=list(states))

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Drop what an interrupted try has left, and make it."""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_IS_UNFINISHED, [self.index])
            is_unfinished = cursor.rowcount == 1
        if is_unfinished:
            schema_editor.execute(_DROP.format(self.index), params=None)
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class CreateUniqueIndex(CreateIndex):
    """Make a unique index."""

    kind = "UNIQUE INDEX"


class DropConstraint(RunSQL):
    """Drop a constraint that an index has replaced, with the index that was its own."""

    def __init__(self, table: str, constraint: str) -> None:
        """Name it; one that isn't there is no error. Others wait for the table meanwhile, so this waits for none long."""
        gone = f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}"
        super().__init__(["SET lock_timeout = '2s'", gone], RunSQL.noop)


class DropIndexes(RunSQL):
    """Drop indexes that nothing needs; going back doesn't make them again."""

    def __init__(self, *names: str, states: tuple[Operation, ...] = ()) -> None:
        """Name them; one that isn't there is no error, and `states` is what Django has to know of it."""
        gone = [_DROP.format(name) for name in names]
        super().__init__([_WAIT, *gone], RunSQL.noop, state_operations=list(states))
