"""How many connections each process holds at most, as the handbook says it: counted under load, by their names."""

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial

import httpx
import psycopg
import pytest
from django.test import Client

from accounts import tokens
from accounts.models import Scope, User, Workspace
from config.environment import ROOT
from core import jobs
from tests.support.processes import LIVE, WEB, collect_static, serving, started

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
THREADS, POOL, LETTERS, STREAMS = 3, 4, 60, 5
COUNT = """
    SELECT application_name, count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'createio-%' GROUP BY 1
"""
OTHERS = min(32, (os.process_cpu_count() or 1) + 4)
"""Threads of a worker for what is neither an image nor the queue (asyncio's own default)."""


def documented() -> dict[str, int]:
    """The handbook's figures for these processes on this machine."""
    text = (ROOT / "docs" / "operations" / "database.md").read_text()
    rows = dict(re.findall(r"^\| `createio-(\w+)` \| .*? \| (.+?) \|$", text, re.MULTILINE))
    return {
        name: sum({"threads": THREADS, "pool": POOL, "others": OTHERS}.get(part) or int(part) for part in sums.split(" + "))
        for name, sums in rows.items()
    }  # fmt: skip


@contextmanager
def working(database_url: str) -> Iterator[None]:
    """A worker of its own."""
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "1"]
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url,
        "DATABASE_POOL": "0",
    }
    with (
        psycopg.connect(database_url, autocommit=True) as session,
        started(
            command,
            lambda: session.execute("SELECT 1 FROM procrastinate_workers").fetchone(),
            environment=environment,
        ),
    ):
        yield


def test_no_process_holds_more_than_the_handbook_says(
    database_url: str, workspace: Workspace, alice: User, client_for, fund, catalog
):
    fund(workspace, 1_000)
    _, key = tokens.issue(workspace, name="shop", scopes=Scope.values, user=alice)
    browser: Client = client_for(alice)
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    collect_static()
    most = Counter[str]()
    with ExitStack() as stack:
        session = stack.enter_context(psycopg.connect(database_url, autocommit=True))
        # What servers of other tests hold in this process.
        others = Counter(dict(session.execute(COUNT).fetchall()))
        web = stack.enter_context(
            serving(database_url, (*WEB, "--workers", "1", "--blocking-threads", str(THREADS)), pool=0)
        )
        live = stack.enter_context(serving(database_url, LIVE, pool=POOL))
        stack.enter_context(working(database_url))
        http = stack.enter_context(httpx.Client(cookies=cookies, timeout=60, trust_env=False))
        for _ in range(STREAMS):
            stack.enter_context(http.stream("GET", f"{live}/studio/events"))
        crowd = stack.enter_context(ThreadPoolExecutor(12))
        for number in range(LETTERS):
            jobs.defer("accounts.tasks.tell_of_undoing", change_id=f"{number:032x}")
        order = partial(http.post, json={"prompt": "a red fox"}, headers={"Authorization": f"Bearer {key}"})
        asked = [crowd.submit(order, f"{at}/api/v1/generations") for _ in range(15) for at in (web, live)]
        asked += [crowd.submit(http.get, f"{at}{path}") for _ in range(10) for at in (web, live)
                  for path in ("/readyz", "/gallery", "/billing/statement.csv")]  # fmt: skip
        quiet_at, end = 0.0, time.monotonic() + 90
        while time.monotonic() < end and not (quiet_at and time.monotonic() > quiet_at):
            most |= Counter(dict(session.execute(COUNT).fetchall())) - others
            if not quiet_at and all(one.done() for one in asked):
                quiet_at = time.monotonic() + 5
            time.sleep(0.02)
        statuses = Counter(one.result().status_code for one in asked)
    assert statuses[200] + statuses[202] > len(asked) / 2, statuses
    allowed = documented()
    # The test's own sessions.
    del most["createio-command"]
    assert set(most) | {"createio-command"} == {f"createio-{name}" for name in allowed}
    assert {
        name: count for name, count in most.items() if count > allowed[name.removeprefix("createio-")]
    } == {}
    # No figure is made up: this load reaches those of the servers.
    assert {name: most[f"createio-{name}"] for name in ("live", "web", "events")} == {
        name: allowed[name] for name in ("live", "web", "events")
    }
    # A worker's is the most that it may hold; how near this load comes depends on the machine.
    assert most["createio-worker"] > allowed["worker"] / 2
