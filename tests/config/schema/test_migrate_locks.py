"""`migrate` beside those who use what it changes: nobody waits long, and nobody has to run it again."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.management.commands.migrate import LOCK_SECONDS
from tests.support import database
from tests.support.locks import alone

QUIET = {"verbosity": 0, "stdout": StringIO(), "stderr": StringIO()}


@pytest.fixture
def later(django_db_setup, django_db_blocker, settings):
    """A database for which two migrations of a later release are due; gives its address."""
    settings.MIGRATION_MODULES = {"sessions": "tests.config.schema.migrations"}
    name = f"{database.CLONE}{os.getpid()}_later"
    with django_db_blocker.unblock(), database.administer() as admin:
        database.create(admin, name, database._template_name())
        try:
            with database._using(name):
                yield database.url(name)
        finally:
            database.drop(admin, name)


@pytest.fixture
def reader(later):
    """Somebody who has read the table and left the transaction open."""
    with psycopg.connect(later, application_name="a forgotten psql") as session:
        session.execute("SELECT FROM django_session")
        yield session


def ask(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def columns():
    return {
        name
        for (name,) in ask("SELECT attname FROM pg_attribute WHERE attrelid = 'django_session'::regclass")
    }


def test_it_tries_again_until_an_idle_reader_is_gone_and_holds_nobody_up(reader):
    slowest, end = 0.0, time.monotonic() + LOCK_SECONDS + 1.2
    with ThreadPoolExecutor(1) as pool:
        migrating = pool.submit(alone, lambda: call_command("migrate", **QUIET))
        while time.monotonic() < end:
            began = time.monotonic()
            ask("SELECT count(*) FROM django_session")
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.05)
        assert not migrating.done()
        reader.rollback()
        migrating.result(30)
    assert 1 < slowest < LOCK_SECONDS + 1
    assert "newer" in columns()


def test_without_patience_it_says_who_is_in_the_way(reader):
    with pytest.raises(CommandError, match=r"a forgotten psql, idle in transaction, \d+ s.*Run it again"):
        call_command("migrate", patience=0, **QUIET)
    assert "newer" not in columns()
    reader.rollback()
    call_command("migrate", **QUIET)
    assert "newer" in columns()


def test_two_starts_at_once_make_an_index_concurrently(later):
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(alone, lambda: call_command("migrate", **QUIET)) for _ in range(2)]
        for start in starts:
            start.result(30)
    assert ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'session_newer'::regclass") == [(True,)]


def test_an_index_that_was_left_unfinished_is_made_anew(later):
    ask("ALTER TABLE django_session ADD newer smallint NOT NULL DEFAULT 0")
    ask("CREATE INDEX session_newer ON django_session (newer)")
    ask("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'session_newer'::regclass")
    call_command("migrate", "sessions", "0002", fake=True, **QUIET)
    call_command("migrate", **QUIET)
    assert ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'session_newer'::regclass") == [(True,)]
