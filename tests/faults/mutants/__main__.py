"""`CHAOS=mutants make chaos`: does a test notice each small fault in the ledger's own functions?

Each mutant of `billing/sql/caps.sql` and `ledger.sql` (`MUTANT_FILE=ledger` takes one) is installed in a database of its own, and the ledger's tests run there until one
fails. Survivors are told with their lines; fewer than 95 of 100 noticed is a failure.
"""

import os
import random
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from _pytest.main import pytest_runtestloop as run_all
from hypothesis import Phase, settings

from config.environment import ROOT
from tests.faults.chaos import results
from tests.faults.mutants.equivalents import reason
from tests.faults.mutants.rules import Mutant, mutants
from tests.support import environment

environment.prepare()

from tests.support import database  # noqa: E402 -- its settings have to stand first

FILES = os.environ.get("MUTANT_FILE", "caps,ledger").split(",")
TESTS = (
    "tests/billing/ledger/test_hold.py",
    "tests/billing/ledger/test_reverse_and_restore.py",
    "tests/billing/ledger/test_capture_and_release.py",
    "tests/billing/caps/test_caps.py",
    "tests/billing/clients/test_clients.py",
    "tests/billing/ledger/test_words.py",
    "tests/billing/ledger/test_between_statements.py",
    "tests/billing/ledger/test_grant_and_sell.py",
    "tests/billing/ledger/test_append_only.py",
    "tests/billing/ledger/test_sentences.py",
    "tests/billing/test_concurrency.py",
    "tests/billing/ledger/test_machine.py",
)
"""Those that notice most come first."""
AT_STRIPE = (
    "test_the_return_page_opened_fifty_times_credits_once",
    "test_the_same_click_at_once_is_one_purchase",
    "test_trying_cards_is_limited_exactly",
    "test_two_operators_refund_at_once_and_pay_back_no_more_than_was_paid",
)
"""Those of `test_concurrency.py` that need a twin, of which all children would share one."""
LESS = {"MONEY_TRIES": "1100", "MONEY_EXAMPLES": "15", "MONEY_STEPS": "25"}
AT_ONCE = int(os.environ.get("MUTANTS_AT_ONCE", "2"))
PATIENCE = 240.0
ENOUGH = 0.95
SURVIVED, REFUSED, EQUIVALENT = "survived", "refused", "equivalent"


@dataclass
class Trial:
    """A child that tries a mutant; what it says comes through a pipe."""

    mutant: Mutant
    process: int
    pipe: int
    began: float

    def end(self, *, has_ended: bool) -> str:
        """What it said; its database is dropped."""
        if not has_ended:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        try:
            said = os.read(self.pipe, 1_000).decode()
        except BlockingIOError:
            said = ""
        os.close(self.pipe)
        with database.administer() as admin:
            database.drop(admin, f"{database.CLONE}{self.process}")
        assert said or not has_ended, f"nothing was tried: {self.mutant}"
        return said or "nobody: it did not end"


class Loop:
    """A plugin: tests are collected once, and each mutant is tried by a child that runs them all.

    Args:
        chosen: what is tried.
    """

    def __init__(self, chosen: list[Mutant]) -> None:
        self.chosen = chosen
        self.found: Counter[str] = Counter()
        self.told = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        server = environment.embedded()
        server.acquire()
        try:
            for mutant, how in self._tried(session):
                why = reason(mutant) if how == SURVIVED else ""
                self.found[EQUIVALENT if why else how] += 1
                if why:
                    _say(f"the same: {mutant}: {why}")
                elif how == SURVIVED:
                    _say(f"survived: {mutant}")
        finally:
            server.release()
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In a child: the first failure is told with its file's name."""
        if report.failed and self.told:
            os.write(self.told, Path(report.nodeid.partition("::")[0]).name.encode())
            os._exit(0)

    def _tried(self, session: pytest.Session) -> Iterator[tuple[Mutant, str]]:
        """Each mutant and who noticed it, or that it survived, or that PostgreSQL did not take it."""
        waiting, trials = list(reversed(self.chosen)), []
        while waiting or trials:
            while waiting and len(trials) < AT_ONCE:
                trials.append(self._begun(waiting.pop(), session))
            select.select([trial.pipe for trial in trials], [], [], 1)
            for trial in list(trials):
                ended, _ = os.waitpid(trial.process, os.WNOHANG)
                if ended or time.monotonic() - trial.began > PATIENCE:
                    trials.remove(trial)
                    yield trial.mutant, trial.end(has_ended=bool(ended))

    def _begun(self, mutant: Mutant, session: pytest.Session) -> Trial:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            self.told = writer
            try:
                _live(mutant, writer, session)
            except BaseException:  # noqa: BLE001 -- the parent's stack is not the child's to unwind
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(writer)
        os.set_blocking(reader, False)
        return Trial(mutant, child, reader, time.monotonic())


def main() -> int:
    began, loop = time.monotonic(), Loop(_chosen())
    os.environ.update(LESS)
    # That a fault is noticed is enough; the smallest example of it would take minutes.
    settings.register_profile("mutants", phases=(Phase.generate,))
    settings.load_profile("mutants")
    options = [
        "-x",
        "-s",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:terminal",
        "-o",
        "addopts=",
        "-o",
        "filterwarnings=ignore",
        "--import-mode=importlib",
    ]
    options += [f"--deselect=tests/billing/test_concurrency.py::{name}" for name in AT_STRIPE]
    ended = pytest.main([*TESTS, *options], plugins=[loop])
    found = loop.found
    survived, refused, same = (found.pop(how, 0) for how in (SURVIVED, REFUSED, EQUIVALENT))
    killed = found.total()
    counted = killed + survived
    _say("noticed by " + ", ".join(f"{name} {count}" for name, count in found.most_common()))
    _say(
        f"mutants={counted} killed={killed} survived={survived} ({100 * killed / max(1, counted):.1f} %; "
        f"not counted: {same} that are the same, {refused} that PostgreSQL does not take) in {time.monotonic() - began:.0f} s, "
        f"load average {os.getloadavg()[0]:.1f}"
    )
    is_enough = ended == pytest.ExitCode.OK and bool(counted) and killed >= ENOUGH * counted
    results.keep(operations=counted, created=0 if is_enough else max(1, survived))
    return 0 if is_enough else 1


def _chosen() -> list[Mutant]:
    texts = [(ROOT / "billing" / "sql" / f"{name}.sql").read_text() for name in FILES]
    every = [mutant for text in texts for mutant in mutants(text)]
    first, _, last = os.environ.get("MUTANT_LINES", "").partition("-")
    if first:
        every = [one for one in every if int(first) <= one.line <= int(last or first)]
    number = int(os.environ.get("MUTANTS", "0"))
    return random.sample(every, min(number, len(every))) if number else every


def _live(mutant: Mutant, told: int, session: pytest.Session) -> None:
    """In a child: a clone with the mutant, and the tests on it."""
    nowhere = os.open(os.environ.get("MUTANT_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    make = database.create

    def create(admin: psycopg.Connection[Any], name: str, template: str) -> None:
        make(admin, name, template)
        if not name.startswith(f"{database.CLONE}{os.getpid()}"):
            return
        admin.execute(f"ALTER DATABASE {name} SET statement_timeout = '5s'")
        with psycopg.connect(admin.info.dsn, dbname=name, autocommit=True) as clone:
            try:
                clone.execute(mutant.sql)
            except psycopg.Error:
                os.write(told, REFUSED.encode())
                os._exit(0)

    database.create = create
    run_all(session)
    os.write(told, SURVIVED.encode())


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
