"""The engine's functions inside PostgreSQL, one readable file each."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent

INSTALLED = (
    "appeal",
    "batch",
    "circuit",
    "claim",
    "close",
    "deliver",
    "derive",
    "dispatch",
    "job",
    "job_announcement",
    "publish",
    "style",
    "submit",
    "workspaces",
)
"""Files that `migrate` installs (`config.schema.sql_files`); the others are queries, read where they are asked."""


def read(name: str) -> str:
    """Return the text of `name`.sql."""
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")
