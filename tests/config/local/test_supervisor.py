"""`make run`, from an empty folder to nothing left behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from config.local import children
from tests.support.environment import free_port
from tests.support.processes import Copy


@pytest.fixture
def copy(tmp_path):
    made = Copy(tmp_path, free_port(), free_port())
    yield made
    made.close()


@pytest.mark.proof
@pytest.mark.slow
@pytest.mark.timeout(280)
def test_runs_heals_and_leaves_nothing_behind(copy):
    copy.wait_until_ready()
    assert "demo@example.com" in copy.said()

    live = copy.child("uvicorn")
    live.kill()
    copy.wait_for(lambda: copy.child("uvicorn") not in {live, None} and copy.ready())

    count = "from accounts.models import User; print(User.objects.count())"
    assert copy.manage("shell", "--no-imports", "-c", count).strip() == "2"
    assert copy.ready()

    began = time.monotonic()
    copy.process.send_signal(signal.SIGTERM)
    assert copy.process.wait(20) == 0
    assert time.monotonic() - began < 10
    assert copy.living() == []


def test_children_of_a_killed_supervisor_are_cleaned_up(tmp_path):
    pids = tmp_path / "pids"
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    children.remember(pids, left.pid)
    children.clean_up_after(pids)
    left.wait(5)
    assert not psutil.pid_exists(left.pid)
    assert not pids.exists()


def test_a_number_that_belongs_to_somebody_else_by_now_is_left_alone(tmp_path):
    pids = tmp_path / "pids"
    pids.write_text(f'{{"{os.getpid()}": 1.0}}')
    children.clean_up_after(pids)
    assert not pids.exists()


def test_a_taken_port_is_named(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        taken = Copy(tmp_path, int(holder.stdout.readline()), free_port())
        assert taken.process.wait(30) == 1
        assert "is taken: set PORT" in taken.said()
        taken.close()
        holder.communicate("\n")
