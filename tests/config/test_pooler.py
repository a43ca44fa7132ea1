"""Behind PgBouncer: web and live through it in both of its modes, what needs a session past it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection
from django.test import Client

from accounts import tokens
from accounts.models import Scope, User, Workspace
from config.database import SERVERS, process
from core.database.listener import HEARTBEAT
from tests.support.database import url
from tests.support.network.pooler import pooler
from tests.support.processes import LIVE, WEB, collect_static, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
LINES = 60
HELD = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 7110 AND mode = 'ShareLock'"


@pytest.fixture(params=["session", "transaction"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Both addresses; in session mode the pooler's does for everything."""
    # In session mode nobody shares: the pool holds as many sessions as the processes.
    with pooler(tmp_path, request.param, 4 if request.param == "transaction" else 40) as through:
        direct = {"DATABASE_DIRECT_URL": url()} if request.param == "transaction" else {}
        yield {"DATABASE_URL": through, **direct}


@pytest.fixture
def cookies(alice: User, client_for) -> dict[str, str]:
    browser: Client = client_for(alice)
    return {name: morsel.value for name, morsel in browser.cookies.items()}


def test_files_come_whole_through_a_pooler(environment, workspace: Workspace, fund, cookies):
    """Each portion of a server's cursor would meet another session, which knows no such cursor."""
    for _ in range(LINES):
        fund(workspace, 1)
    collect_static()
    with (
        serving(environment["DATABASE_URL"], (*WEB, "--workers", "1"), pool=0, more=environment) as at,
        httpx.Client(base_url=at, cookies=cookies, timeout=60, trust_env=False) as http,
        ThreadPoolExecutor(6) as crowd,
    ):
        answers = list(crowd.map(lambda _: http.get("/billing/statement.csv"), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert {len(answer.text.splitlines()) for answer in answers} == {LINES + 1}


def test_events_arrive_behind_a_pooler(environment, workspace: Workspace, fund, alice, cookies, catalog):
    """The order and its announcement go through the pooler; who listens is at the database itself."""
    fund(workspace, 100)
    _, key = tokens.issue(workspace, name="shop", scopes=Scope.values, user=alice)
    with (
        serving(environment["DATABASE_URL"], LIVE, more=environment) as at,
        httpx.Client(base_url=at, timeout=30, trust_env=False) as http,
        http.stream("GET", "/studio/events", cookies=cookies) as stream,
    ):
        assert stream.status_code == 200
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        _wait_for_listener()
        ordered = httpx.post(
            f"{at}/api/v1/generations",
            json={"prompt": "a red fox"},
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
            trust_env=False,
        )
        assert ordered.status_code == 202, ordered.text
        start = time.monotonic()
        assert "event: generation.queued" in lines
        # Sooner than the listener looks by itself would be: it was announced.
        assert time.monotonic() - start < HEARTBEAT + 1


def test_only_requests_use_the_pooler():
    """What is started by manage.py may use a session, and so may a worker."""
    assert [process(["granian", "config.wsgi"]), process(["/x/uvicorn/__main__.py"])] == list(SERVERS)
    assert process(["manage.py", "procrastinate", "worker"]) == "worker"
    assert process(["manage.py", "migrate"]) == "command"
    assert connection.get_connection_params()["prepare_threshold"] is None


def _wait_for_listener() -> None:
    """Until somebody watches: the watchers' lock is held."""
    with psycopg.connect(url(), autocommit=True) as session:
        deadline = time.monotonic() + 10
        while not session.execute(HELD).fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.05)
