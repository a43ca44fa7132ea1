"""A new database and one that an earlier version left come to the same schema, and that schema stands in a file.

`SCHEMA=record` writes the file anew.
"""

import dataclasses
import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from config.schema import sql_files, sql_functions
from tests.support import database, schema

RELEASED = sorted(Path(__file__).with_name("released").glob("*.sql"))
RENEW = "The schema has changed: SCHEMA=record make test ARGS=tests/config/schema/test_schema.py"


@contextmanager
def left_by(script):
    """A database as an earlier version left it, which is the one in use; gives its address."""
    name = f"{database.CLONE}{os.getpid()}_released"
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{name}?host={at['HOST']}&port={at['PORT'] or 5432}"
    with database.administer() as admin:
        database.create(admin, name, "template0")
        try:
            schema.restore(url, script)
            with database._using(name):
                yield url
        finally:
            database.drop(admin, name)


def functions():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'generation%'"
        )
        return {name for (name,) in cursor.fetchall()}


def test_a_new_database_has_the_schema_of_the_file(database_url):
    found = schema.dump(database_url)
    if schema.is_recorded():
        schema.FILE.write_text(found)
    assert found == schema.FILE.read_text(), RENEW


@pytest.mark.parametrize("script", RELEASED, ids=lambda script: script.stem)
def test_an_earlier_database_comes_to_the_schema_of_the_file(django_db_setup, django_db_blocker, script):
    with django_db_blocker.unblock(), left_by(script) as url:
        with connection.cursor() as cursor:
            cursor.execute("CREATE FUNCTION generation_old() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            cursor.execute("CREATE FUNCTION somebody_elses() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        assert sql_functions.pending(connection) == sql_functions.missing(connection) == []
        assert "generation_old" in functions()  # its release's processes still run

        one, *others = sql_files.definitions()
        later = dataclasses.replace(one, source=one.source.replace("BEGIN", "BEGIN -- later"))
        _, dropped = sql_functions.install(connection, (later, *others))
        assert "function generation_old" in dropped
        sql_functions.install(connection)
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION somebody_elses()")  # it was left alone
        assert schema.dump(url) == schema.FILE.read_text()
