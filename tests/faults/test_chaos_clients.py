"""The fault run's own witnesses: a journal that survives kill -9, and clients that go on where they were killed."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.models import Workspace
from billing.reconciliation import invariants
from tests.faults.chaos import place, verdict
from tests.faults.chaos.crew import Crew, Member
from tests.faults.chaos.journal import Entry, Journal, read

PATIENCE = 30.0
SEED = "4711"


@pytest.fixture
def crew(
    transactional_db: None, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crew]:
    """Two clients on one wallet."""
    monkeypatch.setattr(place, "STATE", tmp_path)
    monkeypatch.setitem(os.environ, "DATABASE_URL", database_url)
    Workspace.objects.create(name="Chaos", slug="chaos-ledger-0")
    crew = Crew([Member("ledger_client", f"ledger{number}", ["chaos-ledger-0"]) for number in range(2)], SEED)
    yield crew
    crew.kill()


def test_a_line_that_was_cut_off_was_never_acknowledged(tmp_path: Path):
    path = tmp_path / "journal"
    first, second = Entry(0, 0, {"verb": "grant"}, {"outcome": "done"}), Entry(0, 1, {"verb": "hold"}, {})
    Journal(path).acknowledge(first)
    with path.open("a") as file:
        file.write('[0, 1, {"verb": "ho')
    journal = Journal(path)
    assert journal.told(0) == {0: {"outcome": "done"}}
    journal.acknowledge(second)
    assert list(read(path)) == [first, second]


@pytest.mark.proof
def test_clients_that_are_killed_lose_nothing_and_repeat_nothing(crew: Crew):
    crew.start()
    for wanted in (30, 60):
        wait_for(crew, wanted)
        os.kill(crew.pids()[0], signal.SIGKILL)
        wait_for(crew, wanted + 10)
    crew.finish(PATIENCE)
    found = verdict.Verdict()
    verdict.compare_ledger(found, crew)
    assert (found.words, invariants.violations()) == ([], [])
    assert found.clean
    assert crew.operations() >= 70


@pytest.mark.proof
def test_what_is_not_in_the_ledger_is_counted_as_lost_and_what_nobody_asked_for_as_created(crew: Crew):
    crew.start()
    wait_for(crew, 20)
    crew.finish(PATIENCE)
    path = crew.members[0].journal
    lines = path.read_text().splitlines(keepends=True)
    # A refused operation moved nothing: who strikes its line hides nothing.
    del lines[max(n for n, line in enumerate(lines) if json.loads(line)[-1]["outcome"] == "done")]
    path.write_text("".join(lines))
    Journal(crew.members[1].journal).acknowledge(
        Entry(
            10**6,
            0,
            {"verb": "grant", "key": "chaos:never", "workspace": "-", "credits": 1},
            {"outcome": "done"},
        )
    )
    found = verdict.Verdict()
    verdict.compare_ledger(found, crew)
    assert "credits: effect chaos:never: 0, should be 1" in found.words
    assert found.lost >= 1
    assert (
        found.lost + found.created > 1
    )  # what the struck line told: its effect, and where that moved a hold, the hold too


def wait_for(crew: Crew, operations: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while crew.operations() < operations:
        assert time.monotonic() < deadline, "the clients do nothing"
        crew.revive()
        time.sleep(0.02)
