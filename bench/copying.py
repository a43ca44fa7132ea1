"""Copies of a real row, made by plain SQL: a benchmark's rows have what the product writes, whatever the columns."""

from collections.abc import Mapping

from django.db import connection

_COLUMNS = """
    SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' AND NOT (attname = 'id' AND atttypid <> 'uuid'::regtype)
    ORDER BY attnum
"""


def keep_sample(table: str, where: str) -> None:
    """Keep the one row that meets a condition as the sample of its table."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_{table} AS SELECT * FROM {table} WHERE {where}")
        cursor.execute(f"SELECT count(*) FROM bench_{table}")
        assert cursor.fetchone() == (1,), f"one row of {table} is the sample"


def insert(table: str, fresh: Mapping[str, str]) -> str:
    """Write the beginning of an INSERT, to which a FROM with the sample as `t` belongs.

    Args:
        table: one with a sample; ids that count up are left to it.
        fresh: expressions for the columns that differ from the sample.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [table])
        columns = [name for (name,) in cursor.fetchall()]
    assert fresh.keys() <= set(columns), f"columns that {table} doesn't have: {fresh.keys() - set(columns)}"
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(fresh.get(name, f't."{name}"') for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT {values}"
