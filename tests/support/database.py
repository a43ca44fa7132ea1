"""One PostgreSQL for the session and one database per process, cloned from a migrated template with a catalog.

The template's name carries a hash of everything that shapes a schema, so it is made once and found again by every
later run until a migration changes. Cloning takes a fifth of a second, migrating six.
"""

import copy
import hashlib
import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg import sql

from config.environment import ROOT
from tests.support import environment

LOCK = 0x63_69_6F_02
TEMPLATE, CLONE = "createio_template_", "createio_test_"
SHAPES = (
    "*/migrations/*.py", "*/sql/*.sql", "*/sql/*.py", "config/schema/*.py", "*/seeds.py", "*/*/seeds.py", "*/seeds/*.py",
    "config/settings/*.py", "*/management/commands/*.py",
)  # fmt: skip

# What a transaction test leaves behind is removed by rows, not by TRUNCATE: few tables have any, and a DELETE of
# a few rows is a tenth of the time. Triggers and foreign keys are off meanwhile, so that append-only tables are
# emptied too and the order does not matter. Rows of a new installation come back from the copies in `pristine`.
REMEMBER = """
DO $$ DECLARE name text; filled boolean; BEGIN
  CREATE SCHEMA pristine;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', name, name); END IF;
  END LOOP;
END $$
"""
RESTORE = """
DO $$ DECLARE name text; columns text; filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  SET LOCAL lock_timeout = '10s';
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM public.%I', name); END IF;
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'pristine' LOOP
    SELECT string_agg(quote_ident(attname), ',') INTO columns FROM pg_attribute
      WHERE attrelid = format('public.%I', name)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM pristine.%I', name, columns, columns, name);
  END LOOP;
END $$
"""


# Counted since the server last added it up, which may be before this transaction.
WRITTEN = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE schemaname = 'public'
"""


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's own: clone the template for this process, drop the clone at the end."""
    clone = f"{CLONE}{os.getpid()}"
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(_server())
        admin = stack.enter_context(administer())
        template = _template(admin)
        create(admin, clone, template)
        stack.callback(drop, admin, clone)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: restore())
            with _using(clone), django_db_blocker.block():
                yield


@pytest.fixture
def database_url(db: None) -> str:
    """The test database's address, for a process that a test starts."""
    return url()


def url(name: str = "") -> str:
    """Give the address of the test database, or of another one on its server."""
    at = connection.settings_dict
    name = name or at["NAME"]
    return f"postgresql://{at['USER']}:{at['PASSWORD']}@/{name}?host={at['HOST']}&port={at['PORT'] or 5432}"


def restore() -> None:
    """Leave the database as a new installation has it."""
    with connection.cursor() as cursor:
        cursor.execute(RESTORE)


_remembered: dict[Hashable, tuple[Any, dict[str, bytes]]] = {}


def remembered[Made](key: Hashable, make: Callable[[], Made]) -> Made:
    """Make rows that take long to make: once for this process, and for later tests by copying what they were.

    They are made anew for a test that has written anything before: its own rows in the same tables would go.

    Args:
        key: what is made; its rows are the same each time.
        make: makes them in the test's transaction, with no constraint left to be checked at its end.

    Returns:
        What `make` returned; a copy of it as it was then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        if not cursor.fetchone()[0]:
            return make()
        if key not in _remembered:
            cursor.execute(WRITTEN)
            before = set(cursor.fetchall())
            made = make()
            cursor.execute(WRITTEN)
            changed = {table for table, _ in set(cursor.fetchall()) - before}
            _remembered[key] = copy.deepcopy(made), {table: _rows(cursor, table) for table in changed}
            return made
        made, rows = _remembered[key]
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, data in rows.items():
            cursor.execute(f'DELETE FROM "{table}"')
            with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                into.write(data)
        cursor.execute("SET LOCAL session_replication_role = origin")
    return copy.deepcopy(made)


def _rows(cursor: Any, table: str) -> bytes:
    with cursor.copy(f'COPY "{table}" TO STDOUT') as out:
        return b"".join(out)


@contextmanager
def _server() -> Iterator[None]:
    server = environment.embedded()
    if f"host={server.sockets}" not in os.environ["DATABASE_URL"]:
        yield  # the developer's own server
        return
    if server.acquire():
        with administer() as admin:  # the first one sweeps up after killed runs
            names = admin.execute("SELECT datname FROM pg_database").fetchall()
            for (name,) in names:
                if name.startswith(CLONE) or (name.startswith(TEMPLATE) and name != _template_name()):
                    drop(admin, name)
    try:
        yield
    finally:
        server.release()


def administer() -> psycopg.Connection[Any]:
    at = settings.DATABASES["default"]
    return psycopg.connect(
        host=at["HOST"], port=at["PORT"] or None, user=at["USER"], password=at["PASSWORD"] or None,
        dbname="postgres", autocommit=True,
    )  # fmt: skip


def _template(admin: psycopg.Connection[Any]) -> str:
    name = _template_name()
    admin.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        if admin.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            unfinished = f"{CLONE}unfinished_{os.getpid()}"
            create(admin, unfinished, "template0")
            with _using(unfinished):
                call_command("migrate", verbosity=0)
                call_command("createcachetable")
                call_command("seed_catalog", stdout=StringIO())
                with connection.cursor() as cursor:
                    cursor.execute(REMEMBER)
            admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(unfinished), sql.Identifier(name)
                )
            )
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def _template_name() -> str:
    digest = hashlib.sha256(REMEMBER.encode())
    shapes: list[Path] = sorted(path for pattern in SHAPES for path in ROOT.glob(pattern))
    for path in [*shapes, ROOT / "requirements" / "base.txt"]:
        digest.update(path.read_bytes())
    return f"{TEMPLATE}{digest.hexdigest()[:16]}"


@contextmanager
def _using(name: str) -> Iterator[None]:
    at = settings.DATABASES["default"]
    before = at["NAME"]
    connections.close_all()
    at["NAME"] = connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        at["NAME"] = connection.settings_dict["NAME"] = before


def create(admin: psycopg.Connection[Any], name: str, template: str) -> None:
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    )


def drop(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
