"""The schema of a database as text: what migrations and `config.schema.sql_functions` leave, to the last index and function.

dj-stripe's tables are left out: `tests/config/schema/test_migrate.py` holds them against Django's own. So are comments, which say
by which way a function came. The text is a script: `psql` makes a database of it that a later `migrate` can start from.
"""

import os
import re
import subprocess
from pathlib import Path

import psycopg

from config.local.postgres import programs

FILE = Path(__file__).parents[1] / "config" / "schema" / "schema.sql"
"""What the schema is; a release keeps its copy in `released/` beside it."""
HEAD = "-- The schema of a new database; `SCHEMA=record make test ARGS=tests/config/schema/test_schema.py` writes it anew.\n"
APPLIED = """
    SELECT format('INSERT INTO public.django_migrations (app, name, applied) VALUES (%L, %L, ''epoch'');', app, name)
    FROM django_migrations WHERE app <> 'djstripe' ORDER BY app, name
"""


def dump(url: str) -> str:
    """Return the script."""
    options = ["--schema-only", "--no-owner", "--no-privileges", "--no-comments"]
    options += ["--exclude-table=djstripe_*", "--exclude-schema=pristine"]
    told = subprocess.run(
        [programs() / "pg_dump", *options, url], check=True, capture_output=True, text=True
    ).stdout
    told = re.sub(r"^(?:--|\\(?:un)?restrict).*\n", "", told, flags=re.MULTILINE)
    told = re.sub(r"\(ARRAY\[([^\]]*)\]\)::text\[\]", _as_restored, told)
    with psycopg.connect(url) as connection:
        applied = "\n".join(line for (line,) in connection.execute(APPLIED))
    return HEAD + re.sub(r"\n{2,}", "\n\n", told) + applied + "\n"


def _as_restored(array: re.Match[str]) -> str:
    """Return the array as PostgreSQL writes it once it has read its own dump."""
    return "ARRAY[" + ", ".join(f"({one})::text" for one in array[1].split(", ")) + "]"


def restore(url: str, script: Path) -> None:
    """Make an empty database what a script says."""
    psql = [programs() / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}", url]
    subprocess.run(psql, check=True, capture_output=True, text=True)


def is_recorded() -> bool:
    """Whether this run writes the file anew."""
    return os.environ.get("SCHEMA") == "record"
