"""The quick first `migrate` against Django's own.

Django's own takes a minute of one core for dj-stripe's tables, which is why there is a quick one. All other tables are
made by Django's own in both cases. What Django's own leaves depends on nothing but three versions, so it is kept as
hashes beside them, in `stock_schema.json`; with other versions, or hashes that differ, Django's own is asked itself,
and says what the difference is. `STOCK_SCHEMA=record` asks it and keeps what it says.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest
from django.db import connection

from config.environment import ROOT
from config.local.postgres import programs
from tests.support import database

KNOWN = Path(__file__).with_name("stock_schema.json")
STOCK = """
import django; django.setup()
from django.core.management import call_command
from django.core.management.commands.migrate import Command
call_command(Command(), "djstripe", verbosity=0)
"""
QUERIES = {
    "migrations": "SELECT name FROM django_migrations WHERE app = 'djstripe' ORDER BY 1",
    "models": "SELECT model FROM django_content_type WHERE app_label = 'djstripe' ORDER BY 1",
    "permissions": """
        SELECT codename, auth_permission.name FROM auth_permission
        JOIN django_content_type types ON types.id = content_type_id AND app_label = 'djstripe' ORDER BY 1
    """,
}


def versions():
    server = connection.pg_version // 10_000
    return {"PostgreSQL": server, **{name: version(name) for name in ("Django", "dj-stripe")}}


def schema(url):
    """Their tables as SQL, to the last index and constraint, without what names this very dump."""
    dump = subprocess.run(
        [programs() / "pg_dump", "--table=public.djstripe_*", "--schema-only", "--no-owner", url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [line for line in dump.splitlines() if not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def left(url):
    """Everything of dj-stripe that a migrated database has."""
    found = {"schema": schema(url)}
    psql = [programs() / "psql", "--no-psqlrc", "--tuples-only", "--no-align"]
    for name, query in QUERIES.items():
        ran = subprocess.run([*psql, "--command", query, url], check=True, capture_output=True, text=True)
        found[name] = ran.stdout.split("\n")
    assert sum(line.startswith("CREATE TABLE") for line in found["schema"]) > 50
    assert len(found["permissions"]) > 200
    return found


def hashes(found):
    return {name: hashlib.sha256("\n".join(lines).encode()).hexdigest() for name, lines in found.items()}


@contextmanager
def migrated_by_django() -> Iterator[str]:
    """The address of a database that Django's own `migrate` has made dj-stripe's tables in: a minute of one core."""
    name = f"{database.CLONE}{os.getpid()}_stock"
    url = database.url(name)
    with database.administer() as admin:
        database.create(admin, name, "template0")
        try:
            told = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
            subprocess.run([sys.executable, "-c", STOCK], check=True, cwd=ROOT, env=told)
            yield url
        finally:
            database.drop(admin, name)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_the_quick_way_leaves_what_djangos_own_leaves(database_url):
    ours, known = left(database_url), json.loads(KNOWN.read_text())
    record = os.environ.get("STOCK_SCHEMA") == "record"
    if not record and known == {"versions": versions(), "sha256": hashes(ours)}:
        return
    with migrated_by_django() as url:
        theirs = left(url)
    assert ours == theirs
    if record:
        KNOWN.write_text(json.dumps({"versions": versions(), "sha256": hashes(theirs)}, indent=2) + "\n")


def test_a_second_migrate_finds_nothing_to_do(database_url):
    ran = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "DATABASE_URL": database_url},
    )  # fmt: skip
    assert "No migrations to apply" in ran.stdout
    assert "leave them" not in ran.stdout
