"""How processes connect, and how they take it when the database is away or held up."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config import database
from config.environment import ROOT
from core.database import availability, listener

SOCKETS = Path("/run/nowhere")
ASKED = """
    SELECT name, setting FROM pg_settings WHERE name IN (
        'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'client_connection_check_interval'
    )
"""


def parameters(url: str = "", *, is_worker: bool = False) -> dict[str, Any]:
    return database.parameters(url, SOCKETS, is_worker=is_worker)


def test_every_session_has_its_time_outs(database_url):
    made = parameters(database_url)
    at = {"dbname": made["NAME"], "user": made["USER"], "host": made["HOST"], "port": made["PORT"]}
    with psycopg.connect(**at, password=made["PASSWORD"], **made["OPTIONS"]) as session:
        assert dict(session.execute(ASKED).fetchall()) == {
            "lock_timeout": "2000",
            "statement_timeout": "60000",
            "idle_in_transaction_session_timeout": "15000",
            "client_connection_check_interval": "10000",
        }


@pytest.mark.django_db
def test_what_the_address_says_wins():
    """This suite's own lifts one of them: a test's transaction is as long as the test."""
    with connection.cursor() as cursor:
        cursor.execute(ASKED)
        known = dict(cursor.fetchall())
    assert (known["idle_in_transaction_session_timeout"], known["statement_timeout"]) == ("0", "60000")


@pytest.mark.django_db
async def test_a_listener_connects_as_django_does():
    async with await listener.connect() as ear:
        known = dict(await (await ear.execute(ASKED)).fetchall())
        assert (known["lock_timeout"], known["statement_timeout"]) == ("2000", "60000")
        assert ear.info.dbname == connection.settings_dict["NAME"]


@pytest.mark.django_db
def test_a_worker_waits_longer_for_a_lock(database_url):
    said = subprocess.run(
        [sys.executable, "-c", WORKER, "procrastinate"],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "DATABASE_URL": database_url}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "5s"


WORKER = """
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW lock_timeout")
    print(cursor.fetchone()[0])
"""


def test_keepalives_stand_on_both_sides():
    options = parameters("postgresql://h/db")["OPTIONS"]
    assert options["keepalives_idle"] == 10
    assert options["tcp_user_timeout"] == 20_000
    assert "-c tcp_keepalives_idle=10" in options["options"]


def test_what_the_address_says_is_kept_and_wins():
    known = parameters(
        "postgresql://me:p%40ss@db/createio?sslmode=require&connect_timeout=3"
        "&options=-c%20search_path%3Dshop%20-c%20lock_timeout%3D9s"
    )
    assert (known["USER"], known["PASSWORD"], known["HOST"]) == ("me", "p@ss", "db")
    assert (known["OPTIONS"]["sslmode"], known["OPTIONS"]["connect_timeout"]) == ("require", "3")
    assert "search_path=shop" in known["OPTIONS"]["options"]
    assert known["OPTIONS"]["options"].count("lock_timeout") == 1
    assert "lock_timeout=9s" in known["OPTIONS"]["options"]


def test_several_hosts_work():
    known = parameters("postgresql://me@one:5432,two:5433/createio?target_session_attrs=read-write")
    assert (known["HOST"], known["PORT"]) == ("one,two", "5432,5433")
    assert known["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://h/db?schema=public", 'invalid URI query parameter: "schema"'),
        ("postgresql://me:secret%@h/db", "percent-encoded"),
        ("postgresql://me:sec/ret@h/db", "percent-encoded"),
        ("postgresql://me:secret@h", "names no database"),
    ],
)
def test_an_address_that_makes_no_sense_is_told_without_its_password(url, sentence):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        parameters(url)
    assert sentence in str(refused.value)
    assert "sec" not in str(refused.value).replace("user:password", "")


@pytest.mark.django_db(transaction=True)
def test_other_time_outs_last_for_the_block_alone():
    with availability.override_timeouts(statement_timeout="0"), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("1min",)
