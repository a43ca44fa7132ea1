"""`make run`, from an empty folder to nothing left behind."""

import os
import signal
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from config import children
from config.environment import ROOT
from tests.support.environment import free_port

START_SECONDS = 180.0
PATIENCE = 30.0


class Copy:
    """A running copy with a state directory and ports of its own."""

    def __init__(self, state, port, sandbox_port):
        self.state, self.url = state, f"http://127.0.0.1:{port}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(state), "STATE_DIR": str(state)}
        self.log = (state / "run.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor"],
            cwd=ROOT, env={**environment, "PORT": str(port), "SANDBOX_PORT": str(sandbox_port)},
            stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def said(self):
        return (self.state / "run.log").read_text()

    def living(self):
        """Every process of this copy, by the state directory in its environment or its command."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = (
                    process.environ().get("STATE_DIR") == str(self.state)
                    or str(self.state) in process.cmdline()
                )
            except psutil.Error:
                continue
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def child(self, word):
        return next((process for process in self.living() if word in process.cmdline()), None)

    def wait_for(self, condition, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def ready(self):
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def close(self):
        for process in self.living():
            process.kill()
        self.process.wait()
        self.log.close()


@pytest.fixture
def copy(tmp_path):
    made = Copy(tmp_path, free_port(), free_port())
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_runs_heals_and_leaves_nothing_behind(copy):
    copy.wait_for(lambda: "is ready after" in copy.said(), START_SECONDS)
    copy.wait_for(copy.ready)
    assert "demo@example.com" in copy.said()

    live = copy.child("uvicorn")
    live.kill()
    copy.wait_for(lambda: copy.child("uvicorn") not in {live, None} and copy.ready())

    beside = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", "from accounts.models import User; print(User.objects.count())"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "STATE_DIR": str(copy.state)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert beside.stdout.strip() == "2"
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
