"""The quick first `migrate` against Django's own.

Django's own takes a minute of one core for an empty database, which is why it is quick in the first place. The test
is marked `slow`, runs first and in a process of its own, beside the rest of the suite.
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
call_command(Command(), verbosity=0)
call_command("createcachetable")
"""

PERMISSIONS = """
SELECT types.app_label, codename, name FROM auth_permission
JOIN django_content_type types ON types.id = content_type_id ORDER BY 1, 2
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
    """The whole schema as SQL, without what names this very dump, and without the suite's own copies."""
    dump = subprocess.run(
        [programs() / "pg_dump", "--schema=public", "--schema-only", "--no-owner", url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [line for line in dump.splitlines() if not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def rows(url, query):
    psql = [programs() / "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", query, url]
    return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.split("\n")


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_the_quick_way_leaves_what_djangos_own_leaves(database_url, empty_database):
    environment = {**os.environ, "DATABASE_URL": empty_database}
    subprocess.run([sys.executable, "-c", STOCK], check=True, cwd=ROOT, env=environment)
    assert schema(database_url) == schema(empty_database)
    for query in (
        "SELECT app, name FROM django_migrations ORDER BY 1, 2",
        "SELECT app_label, model FROM django_content_type ORDER BY 1, 2",
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
