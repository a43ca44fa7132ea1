"""The live process and its few connections: clients that leave early, stay for long or read slowly keep none of them."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import httpx
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client
from django.utils.module_loading import import_string

from accounts import tokens
from accounts.models import Membership, Role, Scope, User, Workspace
from generation.models import Archive, ArchiveStatus, Batch
from tests.support import database, rate_limits
from tests.support.network.sockets import ask, leave
from tests.support.processes import collect_static, serving

pytestmark = pytest.mark.xdist_group("sites")
POOL = 4
BURSTS, AT_ONCE = 25, 80
PATIENCE = 60.0
LARGE = 24 * 1024 * 1024
PAGES = ("/gallery", "/studio", "/billing", "/pricing")
PROGRAMS = ("/api/v1/balance", "/api/v1/generations", "/v1/models", "/v1/models/gpt-image-2")


@pytest.fixture(scope="module")
def process(django_db_setup: None) -> Iterator[str]:
    """A live process whose requests share four connections: what one test takes away, the next one misses."""
    collect_static()
    with serving(database.url(), pool=POOL) as address:
        yield address


@pytest.fixture
def url(transactional_db: None, process: str, catalog: None) -> str:
    """The process's address; a worker has been heard of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')"
        )
    return process


@pytest.fixture
def signed_in(client_for: Callable[[User], Client]) -> Callable[[User], dict[str, str]]:
    """The headers of a browser that was just opened by this person."""
    return lambda user: {"Cookie": f"sessionid={client_for(user).cookies['sessionid'].value}"}


@pytest.mark.proof
def test_whoever_leaves_early_takes_no_connection_along(url, signed_in, alice, workspace):
    _, token = tokens.issue(workspace, name="A program", scopes=Scope.values, user=alice)
    browser, program = signed_in(alice), {"Authorization": f"Bearer {token}"}
    rate_limits.allow(10_000)
    asked = [*((path, browser) for path in PAGES), *((path, program) for path in PROGRAMS)]

    async def burst() -> None:
        async with asyncio.TaskGroup() as tasks:
            for path, headers in itertools.islice(itertools.cycle(asked), AT_ONCE):
                tasks.create_task(leave(url, path, headers, after=random.uniform(0, 0.4)))

    for _ in range(BURSTS):
        asyncio.run(burst())
    until_ready(url)
    for path, headers in asked:
        assert httpx.get(url + path, headers=headers, timeout=30).status_code == 200
    assert usable(url, browser) == POOL


@pytest.mark.proof
def test_whoever_watches_holds_no_connection(url, signed_in):
    browsers = [signed_in(person) for person in crowd(20) for _ in range(10)]

    async def watch() -> list[int]:
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=30, limits=httpx.Limits()))
            streams = [
                await stack.enter_async_context(http.stream("GET", f"{url}/studio/events", headers=browser))
                for browser in browsers
            ]
            ready = [await http.get(f"{url}/readyz") for _ in range(10)]
            return [answer.status_code for answer in [*streams, *ready]]

    assert asyncio.run(watch()) == [200] * 210


def test_whoever_reads_slowly_holds_no_connection(url, signed_in, alice, workspace):
    batch = Batch.objects.create(workspace=workspace, name="Large")
    name = default_storage.save("large.zip", ContentFile(bytes(LARGE)))
    facts = {"status": ArchiveStatus.READY, "images": 1, "file": name, "bytes": LARGE}
    archive = Archive.objects.create(workspace=workspace, batch=batch, **facts)
    browser = signed_in(alice)

    async def dawdle() -> list[int]:
        asked = [await ask(url, f"/archives/{archive.public_id}", browser) for _ in range(POOL + 1)]
        await asyncio.sleep(2)
        try:
            async with httpx.AsyncClient(timeout=30) as http:
                return [(await http.get(f"{url}/readyz")).status_code for _ in range(5)]
        finally:
            for transport in asked:
                transport.abort()
            await asyncio.sleep(0.1)

    assert asyncio.run(dawdle()) == [200] * 5


def test_pages_that_refuse_keep_no_connection(url, signed_in, alice, workspace, vera):
    """Django makes them on the loop's own threads, not on the request's."""
    asked = [("/there-is-no-such-page", signed_in(alice)), ("/batches/new", signed_in(vera))]

    async def burst() -> list[int]:
        async with httpx.AsyncClient(timeout=30) as http:
            pages = (http.get(url + path, headers=headers) for path, headers in asked * 2 * POOL)
            return [answer.status_code for answer in await asyncio.gather(*pages)]

    assert asyncio.run(burst()) == [404, 403] * 2 * POOL
    assert usable(url, signed_in(alice)) == POOL


def test_no_middleware_makes_the_rest_of_a_request_a_task_of_its_own():
    assert [path for path in settings.MIDDLEWARE if not import_string(path).async_capable] == []


def crowd(size: int) -> list[User]:
    """Members of as many workspaces as are needed, five in each."""
    people = []
    for number in range(size):
        if number % 5 == 0:
            workspace = Workspace.objects.create(name=f"Workspace {number}", slug=f"workspace-{number}")
        person = User.objects.create_user(f"person-{number}@example.com", name=f"Person {number}")
        Membership.objects.create(workspace=workspace, user=person, role=Role.MEMBER)
        people.append(person)
    return people


def until_ready(url: str) -> None:
    """Wait until `/readyz` is 200; a process that has just lost its clients may have work left."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = httpx.get(f"{url}/readyz", timeout=30)
        if answer.status_code == 200:
            return
        assert time.monotonic() < end, answer.text


def usable(url: str, browser: dict[str, str]) -> int:
    """How many connections the process can put to work at once: as many as requests that a locked table holds up."""
    with ThreadPoolExecutor(2 * POOL) as threads, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_membership")
        for _ in range(2 * POOL):
            threads.submit(httpx.get, f"{url}/gallery", headers=browser, timeout=30)
        end, held = time.monotonic() + 5, 0
        while held < POOL and time.monotonic() < end:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE relation = 'accounts_membership'::regclass AND NOT granted"
            )
            held = cursor.fetchone()[0]
        return held
