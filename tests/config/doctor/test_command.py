"""`manage.py doctor` as a process: its lines, its status, and the file for support."""

import dataclasses
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from config.doctor import bundle
from config.doctor.findings import fault
from config.environment import ROOT, Environment
from tests.config.doctor.test_planted import closed

SECRETS = {
    "SECRET_KEY": "canary-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz-ABC",
    "DATABASE_URL": "postgresql://canaryuser:canary-db-password@127.0.0.1:1/x",
    "CACHE_URL": "redis://:canary-redis-password@127.0.0.1:1/0",
    "EMAIL_URL": "smtp://canary-mail:canary-mail-password@127.0.0.1:1",
    "STRIPE_SECRET_KEY": "sk_test_canaryStripeKey00000000",
    "STRIPE_WEBHOOK_SECRET": "whsec_canaryWebhookSecret0000",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "OPENAI_API_KEY": "sk-canaryOpenAIKey00000000000",
    "FAL_KEY": "canary-fal-id:canary-fal-secret",
    "FAL_ADMIN_KEY": "canary-admin-id:canary-admin-secret",
    "PROVIDER_KEYS": "SECOND=canary-second-key",
    "S3_BUCKET": "images",
    "S3_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "canaryAwsKeyId",
    "AWS_SECRET_ACCESS_KEY": "canary/aws+secret",
    "SENTRY_DSN": "https://canarysentry@sentry.example/1",
    "METRICS_TOKEN": "canary-metrics-token",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://canary-user:canary-collector-password@127.0.0.1:1",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20canary-collector-key",
}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = {name.upper() for name in Environment.__dataclass_fields__}
    rest = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=ROOT,
        env=rest | environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_everything_away_is_a_line_each_and_no_secret_is_told(tmp_path: Path):
    file = tmp_path / "bundle.json"
    done = run("--bundle", str(file), STATE_DIR=str(tmp_path), BASE_URL=f"http://{closed()}", **SECRETS)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    faults = [line for line in lines if line.startswith("FAULT")]
    for name in ("database", "cache", "mail", "traces", "store", "Stripe: key", "proxy", "static files"):
        assert any(line[10:].startswith(name) and " → " in line for line in faults), name
    for name in ("schema", "encoding", "clock", "pooler", "worker", "providers"):
        assert any(line.startswith("not asked") and name in line for line in lines), name
    assert lines[-1] == f"{len(faults)} faults, {sum(line.startswith('warning') for line in lines)} warnings."
    assert "canary" not in done.stdout.lower()
    written = file.read_text()
    assert "canary" not in written.lower()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(written)
    assert told["findings"]["database"]["state"] == "FAULT"
    assert told["environment"] | {"STRIPE_SECRET_KEY": "set", "S3_BUCKET": "images"} == told["environment"]
    assert told["packages"]["django"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOG_FORMAT", "xml"), ("OTEL_TRACES_SAMPLER", "some"), ("OTEL_EXPORTER_OTLP_HEADERS", "canary-key")],
)
def test_a_variable_that_makes_no_sense_is_named(name: str, value: str, tmp_path: Path):
    done = run(STATE_DIR=str(tmp_path), **{name: value})
    assert done.returncode != 0
    assert name in done.stderr
    assert "canary" not in done.stderr


@pytest.mark.django_db
def test_what_is_found_does_not_carry_secrets_into_the_file(settings: Any, tmp_path: Path):
    known = {
        "openai_api_key": "plainwordwithoutprefix",
        "database_url": "postgresql://me:pa%22ss%5Cword@db.example/x",
        "provider_keys": MappingProxyType({"SECOND": 'with "quotes" inside'}),
    }
    settings.ENV = dataclasses.replace(settings.ENV, **known)
    said = 'It failed: plainwordwithoutprefix with "quotes" inside at https://a:b@host/ cio_live_0123456789'
    bundle.write(tmp_path / "bundle.json", {"it": fault(said, "")})
    written = (tmp_path / "bundle.json").read_text()
    for secret in (
        "plainwordwithoutprefix",
        'with \\"quotes\\" inside',
        "a:b@",
        "0123456789",
        "pa%22ss",
        "me:",
    ):
        assert secret not in written, secret
    told = json.loads(written)
    assert told["database"]["tables"]
    assert told["findings"]["it"]["sentence"].startswith("It failed: … …")


@pytest.mark.django_db
def test_a_file_that_is_there_is_left_alone(tmp_path: Path):
    file = tmp_path / "bundle.json"
    file.write_text("mine")
    with pytest.raises(FileExistsError):
        bundle.write(file, {})
    assert file.read_text() == "mine"
