"""What we send, verified as the manual says, in the languages of partners."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.db import transaction

from api.models import EventType
from api.webhooks.publishing import publish
from config.environment import ROOT
from tests.api.clients.installing import leave_out, npm_program

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("catalog"),
    pytest.mark.timeout(400),
]
MANUAL = (ROOT / "docs" / "api" / "webhooks.md").read_text()
SAMPLES = dict(
    re.findall(r"^```(\w+)\n(.*?)^```", MANUAL[MANUAL.index("## Verify it") :], re.MULTILINE | re.DOTALL)
)
HERE = Path(__file__).parent / "node"


@pytest.fixture
def sent(api, endpoint, sink, work, workspace):
    """Headers, body and secrets of an event that was sent while two secrets were good."""
    newer = api.post(f"/api/v1/webhook-endpoints/{endpoint['id']}/rotate-secret").json()["secret"]
    with transaction.atomic():
        publish(workspace.pk, EventType.BALANCE_LOW, [workspace.pk], facts={"name": "Zo\u00eb \u2014 \u96ea"})
    work()
    ((headers, body),) = sink.received
    return headers, body.decode(), (endpoint["secret"], newer)


def test_python(sent):
    headers, body, secrets = sent
    for secret in secrets:
        known = {"headers": headers, "body": body, "secret": secret}
        exec(SAMPLES["python"], known)
        assert known["event"]["type"] == "balance.low"


@pytest.mark.proof
def test_javascript(sent, tmp_path):
    program = npm_program(HERE, "verify.js", tmp_path)
    headers, body, secrets = sent

    def verify(secret, text):
        said = json.dumps({"headers": headers, "body": text})
        return subprocess.run([*program, secret], input=said, capture_output=True, text=True, check=False)

    for secret in secrets:
        assert verify(secret, body).stdout == "balance.low\n"
    changed = verify(secrets[0], body.replace("balance.low", "balance.high"))
    assert changed.returncode != 0
    assert "No matching signature found" in changed.stderr


def test_php(sent):
    if not (php := shutil.which("php")):
        leave_out("there is no php")
    headers, body, secrets = sent
    for secret in secrets:
        for text, verdict in ((body, "ours"), (f"{body} ", "not ours")):
            before = (
                f"[$headers, $body, $secret] = json_decode(stream_get_contents(STDIN), true);{SAMPLES['php']}"
            )
            done = subprocess.run(
                [php, "-r", f"{before} echo $isOurs ? 'ours' : 'not ours';"],
                input=json.dumps([headers, text, secret]), capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.stdout == verdict, done.stderr
