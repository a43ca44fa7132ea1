"""The files of `deploy/` by the programs that read them, where a machine has those; what is missing is said loudly."""

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from config.environment import ROOT
from tests.support.network.nginx import nginx_file

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
EXPOSED = 2.5
"""systemd's own figure for what a unit could do if somebody took it over: 10 is everything."""


def program(name: str) -> str:
    """A program's path; without it the test is skipped, and a warning says so even where skips are not shown."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        message = f"SKIPPED: {name} is not installed, so that its file in deploy/ is not tried."
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(message, stacklevel=2)
        pytest.skip(message)
    return found


def said(*words: str | Path, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": "/tmp"},
        **options,
    )


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units as they would be installed, except that what they start is in this folder, and for a user who is here."""
    made = []
    for unit in UNITS:
        text = (
            unit.read_text()
            .replace("/opt/createio-store/bin/weed", "/bin/true")
            .replace("/opt/createio", str(ROOT))
        )
        text = text.replace("User=createio", "User=daemon").replace("Group=createio", "Group=daemon")
        made.append(tmp_path / unit.name.replace("@", "@8000"))
        made[-1].write_text(text)
    return made


def test_systemd_understands_the_units(units):
    done = said(program("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", *units)
    ours = [line for line in done.stderr.splitlines() if "createio" in line]
    assert ours == []


@pytest.mark.parametrize("unit", [one.name for one in UNITS if one.suffix == ".service"])
def test_a_process_that_was_taken_over_can_do_little(unit):
    done = said(
        program("systemd-analyze"),
        "security",
        "--no-pager",
        "--offline=yes",
        f"--threshold={int(EXPOSED * 10)}",
        DEPLOY / "systemd" / unit,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_prometheus_understands_the_alarms():
    done = said(program("promtool"), "check", "rules", DEPLOY / "alerts.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["nginx.conf", "nginx-store.conf"])
def test_nginx_understands_its_file(name, tmp_path):
    done = said(program("nginx"), "-t", "-q", "-p", tmp_path, "-c", nginx_file(tmp_path, {}, name=name))
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_caddy_understands_its_file(tmp_path):
    caddy = program("caddy")
    if said(caddy, "version").stdout.startswith("2.6"):
        pytest.skip("SKIPPED: this caddy is older than the 2.7 that the Caddyfile is for.")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"],
        capture_output=True, text=True, check=False, timeout=60,
        env={"SITE_HOST": "create.example.com", "STORE_HOST": "store.example.com", "HOME": str(tmp_path), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_kubernetes_knows_every_field():
    """Against its own schemas, where they are installed (`kubernetes-validate`, 100 MB)."""
    validate = pytest.importorskip(
        "kubernetes_validate", reason="SKIPPED: kubernetes-validate is not installed."
    )
    for path in sorted((DEPLOY / "kubernetes").iterdir()):
        if path.name != "kustomization.yaml":
            for one in yaml.safe_load_all(path.read_text()):
                validate.validate(one, validate.latest_version(), strict=True)


def test_shell_understands_the_scripts():
    for name in ("build", "manage", "run"):
        assert said("sh", "-n", DEPLOY / name).returncode == 0
    done = said(DEPLOY / "run", "nonsense")
    assert (done.returncode, "no role nonsense" in done.stderr) == (2, True)


@pytest.fixture
def entered() -> Iterator[Path]:
    """A folder that others may enter, unlike pytest's."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root may run something as somebody else.")
def test_commands_run_as_the_units_do(entered):
    """By their user, with the lines of their environment as they stand, and further words as they were typed."""
    environment = entered / "environment"
    environment.write_text("# SECRET_KEY=no\n\nEMAIL_URL=smtp://a:b c$HOME\"'@host\nBASE_URL=https://x")
    environment.chmod(0o600)
    run = entered / "deploy/run"
    run.parent.mkdir()
    run.write_text(
        '#!/bin/sh\nid -un; pwd; echo "$EMAIL_URL $BASE_URL $STATE_DIR ${SECRET_KEY-}"; printf "<%s>" "$@"\n'
    )
    run.chmod(0o755)
    manage = entered / "createio"
    text = (DEPLOY / "manage").read_text().replace("/etc/createio/environment", str(environment))
    text = text.replace("=createio", "=daemon").replace("/opt/createio", str(entered))
    manage.write_text(text)
    done = said("sh", manage, "doctor", "--bundle", "a file")
    assert done.stdout.splitlines() == [
        "daemon", str(entered), "smtp://a:b c$HOME\"'@host https://x /var/lib/createio ", "<manage><doctor><--bundle><a file>",
    ]  # fmt: skip
    assert (said("sh", manage).returncode, "Name a command" in said("sh", manage).stderr) == (2, True)
