"""Rows of a query that is written by hand, as instances of their models.

For the few queries that run with every call or every image: there the ORM takes ten times as long to write its SQL as
the database takes to answer it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection, models


@dataclass(frozen=True, slots=True)
class Columns[M: models.Model]:
    """Columns of a model, to be listed in a query and read from its rows.

    No JSON among them: it would be read as text.
    """

    model: type[M]
    names: tuple[str, ...]

    @classmethod
    def of(cls, model: type[M], *wanted: str) -> Self:
        """Those columns, or all of them; a misspelt one is an error at the start."""
        known = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 -- Django's documented API
        assert set(wanted) <= set(known), set(wanted) - set(known)
        return cls(model, tuple(name for name in known if name in wanted or not wanted))

    def listed(self, table: str) -> str:
        """Them, as a query names them; `table` as the query calls it."""
        return ", ".join(f'{table}."{name}"' for name in self.names)

    def read(self, row: Sequence[Any]) -> M:
        """The instance. Asking it for a column that is not there is an error, not a query that nobody sees."""
        return self.model.from_db(connection.alias, self.names, row, fetch_mode=models.FETCH_RAISE)

    def __len__(self) -> int:
        return len(self.names)
