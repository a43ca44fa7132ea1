"""A copy of the product of its own: environment, ports, state directory, and the supervisor that `make run` starts."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import httpx
from django.conf import settings

from config.environment import ROOT
from config.local.postgres import Postgres

STATE = ROOT / "var" / "chaos"
READY_SECONDS = 300.0
LATENCY = "0.2"
"""Seconds that a picture takes at the twin."""


def prepare(**told: str) -> None:
    """Set this process's environment and Django up; children inherit it. Nothing of the developer's leaks in.

    Args:
        told: variables in place of the product's own or ours.
    """
    for line in (ROOT / ".env.example").read_text().splitlines():
        name = line.lstrip("# ").partition("=")[0]
        if name.isupper():
            os.environ.pop(name, None)
    port = int(os.environ.get("CHAOS_PORT", "28600"))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STATE_DIR": str(STATE),
        "PORT": str(port),
        "SANDBOX_PORT": str(port + 1),
        "SANDBOX_LATENCY": LATENCY,
        "SECRET_KEY": "a key that only fault runs use, as long as a good key has to be",
        **told,
    }
    django.setup()


def site() -> str:
    """Where the product answers."""
    address: str = settings.BASE_URL
    return address


def twins() -> str:
    """Where the twins answer."""
    return f"http://127.0.0.1:{os.environ['SANDBOX_PORT']}"


def server() -> Postgres:
    """The place's PostgreSQL."""
    return Postgres(STATE)


@contextmanager
def running() -> Iterator[subprocess.Popen[bytes]]:
    """The product on an empty state directory, until the block is left; yields the supervisor's process."""
    _clear()
    STATE.mkdir(parents=True)
    with log().open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "config.local.supervisor"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_ready(supervisor)
        yield supervisor
    finally:
        supervisor.send_signal(signal.SIGTERM)
        try:
            supervisor.wait(30)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()
        if server().pid is not None:
            server().stop()


def wait_ready(supervisor: subprocess.Popen[bytes]) -> None:
    """Wait until the product says that all of it works."""
    deadline = time.monotonic() + READY_SECONDS
    said = "nothing"
    while time.monotonic() < deadline:
        if supervisor.poll() is not None:
            raise RuntimeError(f"The supervisor ended with {supervisor.returncode}; see {log()}.")
        try:
            answer = httpx.get(f"{site()}/readyz", timeout=5)
            if answer.status_code == 200:
                return
            said = answer.text[:300]
        except httpx.TransportError as error:
            said = repr(error)
        time.sleep(0.2)
    raise RuntimeError(f"The product is not ready after {READY_SECONDS:.0f} s: {said}; see {log()}.")


def is_ready() -> bool:
    """Whether the product says so now."""
    try:
        return httpx.get(f"{site()}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def log() -> Path:
    """What the supervisor and its children say."""
    return STATE / "chaos.log"


def _clear() -> None:
    left = server()
    if left.pid is not None:
        left.stop()
    shutil.rmtree(STATE, ignore_errors=True)
