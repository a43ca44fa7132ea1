"""The engine's functions inside PostgreSQL, one readable file each."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def read(name: str) -> str:
    """The text of `name`.sql."""
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")
