import os
import signal
import subprocess
import sys

import psutil
import psycopg
import pytest

from config.environment import ROOT
from config.local.postgres import DATABASE, Postgres, PostgresError


@pytest.fixture
def server(tmp_path_factory):
    made = Postgres(tmp_path_factory.mktemp("state"), {"fsync": "off"})
    yield made
    with made.alone():
        made.leave()
        made.stop()


def connect(server):
    return psycopg.connect(host=str(server.sockets), user="postgres", dbname=DATABASE)


def test_starts_for_the_first_and_stops_with_the_last(server):
    second = Postgres(server.state_dir)
    assert server.acquire()
    assert not second.acquire()
    server.release()
    with connect(server) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (DATABASE,)
    second.release()
    assert server.pid is None
    assert not server.sockets.exists()


def test_what_was_committed_is_there_after_the_next_start(server):
    server.acquire()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    server.release()
    server.acquire()
    with connect(server) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    server.release()


def test_listens_nowhere_but_on_its_socket_which_is_private(server):
    server.acquire()
    listening = [
        c for c in psutil.Process(server.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN
    ]
    assert listening == []
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    server.release()


def test_users_that_were_killed_are_not_counted(server):
    code = "import sys; from pathlib import Path; from config.local.postgres import Postgres\n"
    code += "Postgres(Path(sys.argv[1])).acquire(); print('in', flush=True); sys.stdin.read()"
    user = subprocess.Popen(
        [sys.executable, "-c", code, str(server.state_dir)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with user:
        assert user.stdout.readline() == b"in\n"
        assert not server.acquire()
        user.kill()
    server.release()
    assert server.pid is None


def test_manage_py_starts_it_and_leaves_nothing_behind(server):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", "print('ready', flush=True); import time; time.sleep(60)"],
        cwd=ROOT, stdout=subprocess.PIPE, env={**environment, "STATE_DIR": str(server.state_dir)},
    )  # fmt: skip
    with command:
        assert command.stdout.readline() == b"ready\n"
        assert server.pid is not None
        command.send_signal(signal.SIGTERM)
    assert server.pid is None


def test_a_folder_of_somebody_elses_is_not_used(server):
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder that belongs to somebody else")
    server.sockets.mkdir()
    os.chown(server.sockets, 12345, 12345)
    with pytest.raises(PostgresError, match="belongs to somebody else"):
        server.acquire()
    assert server.sockets.stat().st_uid == 12345
