"""The ledger's SQL, as text."""

from pathlib import Path

INSTALLED = ("ledger", "tier")
"""Files that `migrate` installs (`config.sql_files`); the others are queries, read where they are asked."""


def read(name: str) -> str:
    """The file `billing/sql/<name>.sql`."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
