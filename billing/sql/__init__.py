"""SQL of billing, as text."""

from pathlib import Path

INSTALLED = ("caps", "credit_price", "ledger", "tier")
"""Files that `migrate` installs (`config.schema.sql_files`); the others are queries, read where they are used."""


def read(name: str) -> str:
    """Read the file `billing/sql/<name>.sql`."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
