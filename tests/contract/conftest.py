import os
from pathlib import Path

import httpx
import pytest

from sandbox.server import running
from sandbox.settings import Settings
from tests.support.network.plain import NOBODY

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def twin():
    """Base URL of the twins, in a thread of this process on a free port."""
    with running(Settings(port=0)) as url:
        yield url


@pytest.fixture
def control(twin):
    """A client of `/_control/` on twins that have forgotten everything."""
    with httpx.Client(base_url=f"{twin}/_control", timeout=20, trust_env=False, verify=NOBODY) as client:
        client.post("/reset").raise_for_status()
        yield client


@pytest.fixture(scope="session")
def contracts():
    """The folder of the providers' published documents, which the project doesn't carry."""
    folder = Path(os.environ.get("CONTRACTS_DIR", ROOT.parent / "shared" / "contracts"))
    if not folder.is_dir():
        pytest.skip(f"no providers' documents at {folder}; CONTRACTS_DIR names their folder")
    return folder
