"""The handbook against the product: its links lead somewhere, its commands and switches exist, each alarm has its page."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from config import environment
from config.environment import ROOT
from config.observability import health

HANDBOOK = ROOT / "docs/operations"
PAGES = {str(path.relative_to(HANDBOOK)): path.read_text() for path in HANDBOOK.rglob("*.md")}
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
ALARMS = {rule["alert"]: rule for rule in RULES}
HEADINGS = ["Who feels it", "What to look at first", "What to do", "When it is over"]
TEXTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(
    r"(?:manage\.py|deploy/run manage|\bweb manage|(?<=`)createio) ([a-z][a-z_]+)((?: [^\s`|;]+)*)"
)


@cache
def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub makes them."""
    titles = re.findall(
        r"^#+ (.+)$",
        re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL),
        re.MULTILINE,
    )
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in titles)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    broken = []
    for target in LINK.findall(CODE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target) or target.startswith("/"):
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        is_there = other.exists() and (not anchor or other.suffix != ".md" or anchor in anchors(other))
        broken += [] if is_there else [target]
    assert broken == []


def test_the_first_page_leads_to_every_page():
    linked = set(LINK.findall(PAGES["README.md"]))
    assert {name for name in PAGES if "/" not in name} - {"README.md"} <= linked
    assert "alerts/README.md" in linked


def test_every_alarm_has_one_page_and_every_page_its_alarm():
    assert len(RULES) == len(ALARMS)
    pages = {name for name in PAGES if name.startswith("alerts/")} - {"alerts/README.md"}
    assert pages == {f"alerts/{name}.md" for name in ALARMS}
    for name, rule in ALARMS.items():
        assert rule["annotations"]["runbook_url"] == f"docs/operations/alerts/{name}.md"
        text = PAGES[f"alerts/{name}.md"]
        assert text.startswith(f"# {name}\n")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS, name
        assert all(len(part.strip()) > 20 for part in re.split(r"^#+ .+$", text, flags=re.MULTILINE)[1:]), (
            name
        )


def test_the_list_of_alarms_says_how_severe_each_is():
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \|", PAGES["alerts/README.md"], re.MULTILINE)
    assert rows == [(name, name, rule["labels"]["severity"]) for name, rule in ALARMS.items()]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_commands_and_their_switches_exist(name):
    known, wrong = get_commands(), []
    for command, words in COMMAND.findall(PAGES[name]):
        if command not in known:
            wrong.append(command)
            continue
        app = known[command]
        made = load_command_class(app, command) if isinstance(app, str) else app
        switches = made.create_parser("manage.py", command)._option_string_actions
        # What follows a command of its own, as procrastinate's worker, is that one's.
        if command != "procrastinate":
            wrong += [f"{command} {one}" for one in re.findall(r" (--[a-z-]+)", words) if one not in switches]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(PAGES))
def test_targets_of_make_exist(name):
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`(?:[A-Z_]+=\S+ )?make ([a-z]+)", PAGES[name])) <= targets


def test_every_variable_has_its_row():
    rows = re.findall(r"^\| (`[A-Z].*?) \|", PAGES["settings.md"], re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)]
    assert sorted(named) == sorted(name.upper() for name in environment.VARIABLES)


def test_parts_that_may_be_degraded_are_in_the_handbook():
    row = next(line for line in PAGES["watching.md"].splitlines() if line.startswith("| `/readyz`"))
    assert {name for name in health.WANTED if f"`{name}`" not in row} == set()


def test_pages_name_files_that_are_there():
    for name, text in PAGES.items():
        for file in set(re.findall(r"`(deploy/[\w./@-]+)`", text)):
            assert file == "deploy/.env" or (ROOT / file).exists(), f"{name}: {file}"
