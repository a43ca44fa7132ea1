"""The quick first `migrate` against Django's own.

Django's own takes a minute of one core for dj-stripe's tables, which is why there is a quick one. All other tables are
made by Django's own in both cases. The test is marked `slow`: it runs first, beside the rest of the suite.
"""

import os
import subprocess
import sys

import pytest
from django.db import connection

from config.environment import ROOT
from config.postgres import programs
from tests.support import database

STOCK = """
import django; django.setup()
from django.core.management import call_command
from django.core.management.commands.migrate import Command
call_command(Command(), "djstripe", verbosity=0)
"""

PERMISSIONS = """
SELECT codename, name FROM auth_permission
JOIN django_content_type types ON types.id = content_type_id AND app_label = 'djstripe' ORDER BY 1
"""


@pytest.fixture
def empty_database(db):
    """The address of a database with nothing in it."""
    name = f"{database.CLONE}{os.getpid()}_stock"
    with database.administer() as admin:
        database.create(admin, name, "template0")
        at = connection.settings_dict
        yield f"postgresql://{at['USER']}:{at['PASSWORD']}@/{name}?host={at['HOST']}"
        database.drop(admin, name)


def schema(url):
    """Their tables as SQL, to the last index and constraint, without what names this very dump."""
    dump = subprocess.run(
        [programs() / "pg_dump", "--table=public.djstripe_*", "--schema-only", "--no-owner", url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [line for line in dump.splitlines() if not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def rows(url, query):
    psql = [programs() / "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", query, url]
    return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.split("\n")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_quick_way_leaves_what_djangos_own_leaves(database_url, empty_database):
    environment = {**os.environ, "DATABASE_URL": empty_database, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", STOCK], check=True, cwd=ROOT, env=environment)
    theirs = schema(empty_database)
    assert sum(line.startswith("CREATE TABLE") for line in theirs) > 50
    assert schema(database_url) == theirs
    for query in (
        "SELECT name FROM django_migrations WHERE app = 'djstripe' ORDER BY 1",
        "SELECT model FROM django_content_type WHERE app_label = 'djstripe' ORDER BY 1",
        PERMISSIONS,
    ):
        assert rows(database_url, query) == rows(empty_database, query)


def test_a_second_migrate_finds_nothing_to_do(database_url):
    ran = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "DATABASE_URL": database_url},
    )  # fmt: skip
    assert "No migrations to apply" in ran.stdout
    assert "leave them" not in ran.stdout
