"""DATABASE_URL is obeyed by every connection of ours, or refused by name before any is made."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import database, database_url
from config.environment import ROOT
from tests.support import environment
from tests.support.network import postgres_front

CONNECT = """
import asyncio, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.db import connection
from procrastinate.contrib.django import app
from core.database import listener
from config.worker import Connector

def django_s():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()

async def listens():
    async with await listener.connect() as ear:
        await ear.execute("SELECT 1")

async def works():
    made = Connector().get_worker_connector()
    await made.open_async()
    try:
        await made.execute_query_async("SELECT 1")
    finally:
        await made.close_async()

kinds = {"django": django_s, "listener": lambda: asyncio.run(listens()), "worker": lambda: asyncio.run(works())}
for kind, connect in kinds.items():
    try:
        connect()
        print(kind, "connected")
    except Exception as error:
        print(kind, "refused", type(error).__name__)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, django_db_setup):
    """A PostgreSQL with TLS, the file of the authority that signed for it, and that of another."""
    folder = tmp_path_factory.mktemp("tls")
    _, key, right = postgres_front.authority(folder, "right")
    _, _, wrong = postgres_front.authority(folder, "wrong")
    tls = postgres_front.context(folder, "right", key)
    with postgres_front.tls_front(tls, str(environment.embedded().sockets)) as front:
        yield front, right, wrong


def connect(front, parameters: str, pool: int = 0) -> dict[str, str]:
    """What became of each kind of connection, in a process of its own."""
    url = f"postgresql://postgres@127.0.0.1:{front.port}/postgres?{parameters}"
    said = subprocess.run(
        [sys.executable, "-c", CONNECT],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "DATABASE_POOL": str(pool), "STATE_DIR": os.environ["STATE_DIR"]},
    )  # fmt: skip
    return {line.split()[0]: line.split()[1] for line in said.stdout.splitlines()}


def test_every_connection_verifies_the_server(server):
    front, right, _ = server
    front.startups.clear()
    made = connect(
        front,
        f"sslmode=verify-full&sslrootcert={right}&application_name=shop&options=-c%20work_mem%3D5MB",
        pool=2,
    )
    assert made == dict.fromkeys(("django", "listener", "worker"), "connected")
    assert {one["tls"] for one in front.startups} == {"True"}
    assert {one["application_name"] for one in front.startups} == {"shop"}
    assert all("work_mem=5MB" in one["options"] for one in front.startups)


def test_no_connection_takes_a_server_that_another_authority_signed_for(server):
    front, _, wrong = server
    front.startups.clear()
    made = connect(front, f"sslmode=verify-full&sslrootcert={wrong}&connect_timeout=2")
    assert made == dict.fromkeys(("django", "listener", "worker"), "refused")
    assert front.startups == []


def test_every_connection_tries_the_next_host(server):
    front, _, _ = server
    front.startups.clear()
    nobody = environment.free_port()
    url = f"postgresql://postgres@127.0.0.1:{nobody},127.0.0.1:{front.port}/postgres"
    known = database.parameters(f"{url}?target_session_attrs=read-write", Path("/none"), is_worker=False)
    assert known["PORT"] == f"{nobody},{front.port}"
    made = connect(
        front, f"host=127.0.0.1,127.0.0.1&port={nobody},{front.port}&target_session_attrs=read-write"
    )
    assert made == dict.fromkeys(("django", "listener", "worker"), "connected")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("sslmode=verified", 'invalid sslmode value: "verified"'),
        ("target_session_attrs=writable", "invalid target_session_attrs"),
        ("target_session_attrs=standby", "can't be written to"),
        ("target_session_attrs=prefer-standby", "can't be written to"),
        ("connect_timeout=soon", "connect_timeout is no number"),
        ("keepalives_idle=-1", "keepalives_idle is no number"),
        ("sslmode=verify-full&sslrootcert=/nowhere/ca.crt", "no file for sslrootcert"),
        ("sslmode=require&sslrootcert=/nowhere/ca.crt", "no file for sslrootcert"),
        ("sslcert=/nowhere/client.crt", "no file for sslcert"),
        (f"sslrootcert={quote(__file__)}", "add sslmode=verify-full"),
        (f"sslmode=prefer&sslrootcert={quote(__file__)}", "add sslmode=verify-full"),
        ("sslmode=require&sslrootcert=system", "weak sslmode"),
        ("host=one,two&port=1,2,3", "could not match 3 port numbers to 2 hosts"),
        ("client_encoding=latin1", "client_encoding can only be UTF8"),
        ("replication=database", "replication can only be"),
        ("service=shop", "service is given"),
        ("require_auth=guess", "invalid require_auth"),
        ("channel_binding=perhaps", "invalid channel_binding"),
        ("load_balance_hosts=all", "invalid load_balance_hosts"),
        ("gssencmode=perhaps", "invalid gssencmode"),
        ("ssl_min_protocol_version=TLSv9", 'invalid "ssl_min_protocol_version"'),
    ],
)  # fmt: skip
def test_what_can_not_be_obeyed_is_refused_by_name(parameters, sentence):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        database_url.read(f"postgresql://me:hush@h/db?{parameters}")
    assert sentence in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "name", "value"),
    [
        ("postgresql://me:p%40s%2Fs%3As%25@h/db", "password", "p@s/s:s%"),
        ("postgresql://me%40corp:x@h/db", "user", "me@corp"),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/db", "host", "/var/run/postgresql"),
        ("postgresql://me@/db?host=/var/run/postgresql&port=5433", "host", "/var/run/postgresql"),
        ("postgresql://[::1]:5433/db", "host", "::1"),
        ("postgresql://h/my%20db", "dbname", "my db"),
        ("postgres://a:1,b:2/db?target_session_attrs=primary", "host", "a,b"),
        ("postgresql://h/db?sslmode=verify-full&sslrootcert=system", "sslrootcert", "system"),
        ("postgresql://h/db?application_name=shop", "application_name", "shop"),
        ("postgresql://a,b/db?load_balance_hosts=random", "load_balance_hosts", "random"),
        ("postgresql://a/db?hostaddr=127.0.0.1", "hostaddr", "127.0.0.1"),
    ],
)
def test_what_can_be_obeyed_is_kept(url, name, value):
    assert database_url.read(url)[name] == value


@pytest.mark.parametrize(
    "own", ["-c lock_timeout=9s", "-clock_timeout=9s", "--lock-timeout=9s", "-c LOCK_TIMEOUT=9s"]
)
def test_an_option_wins_however_it_is_written(own):
    known = database.parameters(f"postgresql://h/db?options={quote(own)}", Path("/none"), is_worker=False)
    assert "lock_timeout=2s" not in known["OPTIONS"]["options"]


def test_an_option_with_a_longer_name_displaces_none_of_ours():
    known = database.parameters(
        "postgresql://h/db?options=-c%20deadlock_timeout%3D1s", Path("/none"), is_worker=False
    )
    assert "-c lock_timeout=2s" in known["OPTIONS"]["options"]


COMMANDS = (("check",), ("check", "--deploy", "--database", "default"), ("prepare",), ("migrate",))
RUN = """
import contextlib, io, json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
from django.core.management import execute_from_command_line
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            execute_from_command_line(["manage.py", *words])
        except SystemExit as ended:
            code = ended.code
        else:
            code = 0
    print(json.dumps([words[0], code, said.getvalue()]))
"""


def run(port: int, commands) -> list[list]:
    """What each command ended with and said, in one process."""
    said = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(commands)],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": f"postgresql://me@127.0.0.1:{port}/db"},
    )  # fmt: skip
    return [json.loads(line) for line in said.stdout.splitlines() if line.startswith("[")]


def test_an_old_server_is_refused_before_anything_is_asked_of_it():
    with postgres_front.old_server("15.8 (Debian 15.8-0+deb12u1)") as front:
        ended = run(front.port, COMMANDS)
        assert [name for name, *_ in ended] == [name for name, *_ in COMMANDS]
        for _, code, said in ended:
            assert code == 1
            assert (
                "PostgreSQL 18 or later is needed, and the server is PostgreSQL 15. Nothing was changed."
                in said
            )
        assert (len(front.startups), front.messages) == (len(COMMANDS), [])


def test_a_server_that_is_away_is_told_in_a_sentence():
    ended = run(environment.free_port(), [("prepare",), ("check", "--database", "default"), ("check",)])
    assert [code for _, code, _ in ended] == [1, 1, 0]
    assert all("can't be reached, and nothing was changed" in said for _, code, said in ended if code)
