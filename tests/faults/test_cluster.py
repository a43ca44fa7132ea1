"""Several machines on one lose nothing, whatever happens to them; see `tests/faults/cluster`."""

import os
import subprocess
import sys

import pytest

from config.environment import ROOT
from tests.faults.cluster import SKIPPED


@pytest.mark.proof
@pytest.mark.xdist_group("machines")  # one after the other: each fills a machine
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_several_machines_lose_nothing_and_answer_what_they_should():
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.cluster"], cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ)
    )  # fmt: skip
    if done.returncode == SKIPPED:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost=0 created=0 stuck=0" in done.stdout.splitlines()[-1]
