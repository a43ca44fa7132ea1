"""What documents, docstrings and comments call by a path or a dotted name is there."""

import re
import subprocess
from pathlib import Path

from .conftest import ROOT

HOUSES = frozenset(
    ["core", "accounts", "billing", "generation", "gallery", "api", "config", "sandbox", "tests", "bench"]
)
FOLDERS = HOUSES | {"static", "templates", "docs", "deploy"}
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)+/?")
DOTTED = re.compile(r"[a-z_]+(\.[A-Za-z_]\w*)+")
IS_NO_MODULE = {
    "generation.queued": "an event",
    "generation.succeeded": "an event",
    "generation.failed": "an event",
    "refund.approved": "a line of the audit trail",
}
TRACKED = subprocess.run(
    ["git", "ls-files"],
    cwd=ROOT, capture_output=True, text=True, check=True,
).stdout.split("\n")  # fmt: skip
SAID = [
    name
    for name in TRACKED
    if name.endswith((".py", ".md"))
    and "/migrations/" not in name
    and name != "CHANGELOG.md"
    and (ROOT / name).is_file()
]


def _is_there(path: str) -> bool:
    return (ROOT / path.partition("::")[0]).exists()


def _resolves(dotted: str) -> bool:
    """Whether a module begins the name, and has in its text what follows."""
    parts = dotted.split(".")
    for known in range(len(parts), 0, -1):
        file = ROOT.joinpath(*parts[:known]).with_suffix(".py")
        file = file if file.is_file() else ROOT.joinpath(*parts[:known], "__init__.py")
        if file.is_file():
            text = file.read_text()
            return all(re.search(rf"\b{part}\b", text) for part in parts[known:]) and (
                known > 1 or known == len(parts)
            )
    return False


def missing(text: str) -> list[str]:
    """Return what a text calls by a path or a dotted name of ours, and is not there."""
    found = []
    for quoted in QUOTED.findall(text):
        if PATH.fullmatch(quoted) and quoted.split("/")[0] in FOLDERS:
            found += [] if _is_there(quoted) else [quoted]
        elif DOTTED.fullmatch(quoted) and quoted.split(".")[0] in HOUSES and quoted not in IS_NO_MODULE:
            found += [] if _resolves(quoted) else [quoted]
    return found


def test_what_texts_name_is_there():
    found = {name: missing((ROOT / name).read_text()) for name in SAID if ROOT / name != Path(__file__)}
    assert {name: names for name, names in found.items() if names} == {}


def test_what_is_not_there_is_found():
    text = "`billing/later.py`, `billing.later`, `billing.ledger.no_such_verb` and `billing.ledger.hold` in `billing/ledger/`"
    assert missing(text) == ["billing/later.py", "billing.later", "billing.ledger.no_such_verb"]


def test_every_room_says_what_it_holds():
    rooms = {Path(name).parent for name in TRACKED if name.endswith(".py") and name.split("/")[0] in HOUSES}
    silent = {"models", "migrations", "management", "commands", "templatetags", "sql"}
    for room in rooms:
        if room.parts[0] not in {"tests", "bench"} and len(room.parts) > 1 and not silent & set(room.parts):
            assert (ROOT / room / "__init__.py").read_text().strip(), f"{room} does not say what it holds"
