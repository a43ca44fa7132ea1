"""Clients of others, as they come from their registries, against the product: what docs/api/openai.md calls tried.

They are installed into environments of their own, by name and version (`requirements.txt`, `package.json`).
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from billing.ledger import balance
from config.environment import ROOT
from generation.models import Generation
from tests.api.clients.installing import install, npm_program
from tests.api.openai.test_edits import picture
from tests.support.network.dropper import Dropper

pytestmark = [pytest.mark.proof, pytest.mark.timeout(400)]
HERE = Path(__file__).parent
SECONDS = 120
"""How long all the tries of a language may take."""
LANGCHAIN = "TypeError: sequence item 0: expected str instance, NoneType found"
"""It wants an address and doesn't ask for one, as with OpenAI's own image models."""


@pytest.fixture
def python(tmp_path):
    """A Python that has the clients of PyPI."""
    made, listed = str(tmp_path / "env" / "bin" / "python"), str(HERE / "requirements.txt")
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if uv:
        install(
            [uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "env")],
            [uv, "pip", "install", "--quiet", "--python", made, "--requirement", listed],
        )
    else:
        install(
            [sys.executable, "-m", "venv", str(tmp_path / "env")],
            [made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", listed],
        )
    return [made, str(HERE / "run_python.py")]


@pytest.fixture
def node(tmp_path):
    """A program of Node's that has the clients of npm."""
    return npm_program(HERE, "run_node.js", tmp_path)


@pytest.fixture
def tried(live, api, workspace, fund, tmp_path):
    """Run the tries of a language; what came of each, by name."""
    fund(workspace, 100)
    image = tmp_path / "cat.png"
    image.write_bytes(picture(256, 256))
    proxy = Dropper(live.port, 1)

    def run(command):
        done = subprocess.run(
            [*command, f"{live.url}/v1", proxy.url, api.text, str(image)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert done.returncode == 0, done.stderr[-2000:]
        return {one.pop("name"): one.get("result", one.get("error")) for one in told}

    yield run
    proxy.stop()


def each_was_ordered_once(workspace):
    ordered = Counter(Generation.objects.values_list("prompt", flat=True))
    assert set(ordered.values()) == {1}, ordered
    charged = sum(Generation.objects.values_list("charged", flat=True))
    assert balance.for_workspace(workspace) == balance.Balance(available=100 - charged)
    return len(ordered)


def test_clients_of_pypi(tried, python, workspace):
    assert tried(python) == {
        "openai_generate": "PNG",
        "openai_edit": "PNG",
        "openai_stream": "image_generation.completed",
        "openai_models": True,
        "openai_retry": "PNG",
        "litellm_generate": "PNG",
        "litellm_edit": "PNG",
        "langchain_run": LANGCHAIN,
    }
    assert each_was_ordered_once(workspace) == 7


def test_clients_of_npm(tried, node, workspace):
    assert tried(node) == {
        "openai_generate": "PNG",
        "openai_edit": "PNG",
        "openai_stream": "image_generation.completed",
        "ai_generate": "PNG",
        "ai_edit": "PNG",
        "ai_retry": "PNG",
        "ai_compatible": "PNG",
        "langchain": "/files/img_",
    }
    assert each_was_ordered_once(workspace) == 8


def versions():
    python = (HERE / "requirements.txt").read_text()
    yield from re.findall(r"^([a-z-]+)==([0-9.]+)$", python, re.MULTILINE)
    yield from json.loads((HERE / "package.json").read_text())["dependencies"].items()


@pytest.mark.parametrize(("name", "version"), list(versions()))
def test_the_manual_names_what_is_tried(name, version):
    if name != "@langchain/core":
        assert f"`{name}` {version}" in (ROOT / "docs" / "api" / "openai.md").read_text()
