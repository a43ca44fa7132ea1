"""The twins of OpenAI, fal and Stripe: one process per test process, put back to the start for each test."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings

from config.environment import ROOT
from tests.support.plain import NOBODY

START_SECONDS = 30.0


@pytest.fixture(scope="session")
def twin_process() -> Iterator[str]:
    """`python -m sandbox` on this process's own port, which the settings point at already."""
    url: str = settings.SANDBOX
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={
            **os.environ,
            "SANDBOX_PORT": str(settings.ENV.sandbox_port),
            "SANDBOX_LATENCY": "0",
            "SANDBOX_DETAIL": "64",
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            assert process.poll() is None, f"The twins ended with {process.returncode}."
            assert time.monotonic() < deadline, "The twins do not answer."
            time.sleep(0.05)
        assert process.poll() is None, f"Somebody else answers at {url}."
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def twin(twin_process: str) -> str:
    """The twins' address, with nothing scripted and nothing remembered."""
    httpx.post(f"{twin_process}/_control/reset", verify=NOBODY).raise_for_status()
    return twin_process


def _answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/_control/openai/log", verify=NOBODY)
    except httpx.TransportError:
        return False
    return True
