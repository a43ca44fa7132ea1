"""Model instances from the rows of handwritten queries.

For the few queries that run with every call or every image: there the ORM takes ten times as long to write
its SQL as the database takes to answer it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection, models


@dataclass(frozen=True, slots=True)
class Columns[M: models.Model]:
    """Columns of a model, to be listed in a query and read from its rows.

    JSON columns are not supported: they would be read as text.
    """

    model: type[M]
    names: tuple[str, ...]

    @classmethod
    def for_model(cls, model: type[M], *wanted: str) -> Self:
        """Select the named columns, or all of them; a misspelled one is an error at startup."""
        known = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 -- Django's documented API
        assert set(wanted) <= set(known), set(wanted) - set(known)
        return cls(model, tuple(name for name in known if name in wanted or not wanted))

    def listed(self, table: str) -> str:
        """List the columns for a SELECT; `table` is the query's name for the table."""
        return ", ".join(f'{table}."{name}"' for name in self.names)

    def read(self, row: Sequence[Any]) -> M:
        """Build the instance. Reading a column that is missing is an error, not a silent extra query."""
        return self.model.from_db(connection.alias, self.names, row, fetch_mode=models.FETCH_RAISE)

    def __len__(self) -> int:
        return len(self.names)
