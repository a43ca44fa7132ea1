"""What is committed is announced by a transaction of its own, and no transaction that changes rows holds a NOTIFY."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from procrastinate.contrib.django import app

from accounts.models import Workspace
from config.environment import ROOT
from core import jobs
from core.database import availability
from core.database.announcements import WATCHERS_LOCK
from generation.events import publishing
from generation.events.listener import CHANNEL
from generation.orders.order import Order
from generation.orders.submit import submit

pytestmark = pytest.mark.django_db(transaction=True)
QUEUES = ("procrastinate_any_queue_v1", '"procrastinate_queue_v1#images"', '"procrastinate_queue_v1#mail"')
NOTIFIERS = {
    "core/database/announcements.py": "announces what was committed",
    "config/doctor/database.py": "tries whether notifications arrive",
    "generation/providers/completion_notices.py": "a provider's notice is a statement alone, and no row changes with it",
}


@pytest.fixture
def ear() -> Iterator[psycopg.Connection]:
    """A session that listens to all that is announced, and watches nothing."""
    with psycopg.connect(**availability.connection_parameters(), autocommit=True) as session:
        for channel in (CHANNEL, *QUEUES):
            session.execute(f"LISTEN {channel}")
        yield session


def watch(ear: psycopg.Connection, workspace: Workspace) -> None:
    lock = WATCHERS_LOCK.format(subject="%s")
    ear.execute(f"SELECT pg_advisory_lock_shared({lock})", [f"{CHANNEL} {workspace.pk}"])


def heard(ear: psycopg.Connection, seconds: float = 0.5) -> dict[str, list[str]]:
    """What is announced until nothing was for so long, by channel."""
    found: dict[str, list[str]] = {}
    while notices := list(ear.notifies(timeout=seconds, stop_after=1)):
        for notice in notices:
            found.setdefault(notice.channel, []).append(notice.payload)
    return found


def test_an_order_is_announced_when_it_is_committed(ear, funded: Workspace, order: Callable[..., Order]):
    watch(ear, funded)
    with transaction.atomic():
        submit(funded, order(), source="studio")
        assert not heard(ear)
    found = heard(ear)
    assert found[CHANNEL][-1].startswith(f"{funded.pk} ")
    for channel in ("procrastinate_any_queue_v1", "procrastinate_queue_v1#images"):
        assert {json.loads(payload)["type"] for payload in found[channel]} == {"job_inserted"}


def test_nothing_is_announced_of_what_is_rolled_back(ear, funded: Workspace, order: Callable[..., Order]):
    watch(ear, funded)
    with suppress(RuntimeError), transaction.atomic():
        submit(funded, order(), source="studio")
        raise RuntimeError
    with transaction.atomic():
        with suppress(RuntimeError), transaction.atomic():
            jobs.defer("billing.tasks.send_receipt", purchase_id="1")
            raise RuntimeError
        connection.cursor().execute("SELECT 1")
    assert not heard(ear)


def test_a_statement_without_a_transaction_is_announced(ear):
    jobs.defer("billing.tasks.send_receipt", purchase_id="1")
    assert set(heard(ear)) == {"procrastinate_any_queue_v1", "procrastinate_queue_v1#mail"}


def test_events_are_not_announced_where_nobody_watches(ear, funded: Workspace, order: Callable[..., Order]):
    generation = submit(funded, order(), source="studio")
    assert CHANNEL not in heard(ear)
    watch(ear, funded)
    publishing.publish_generation(generation, "generation.running")
    assert len(heard(ear)[CHANNEL]) == 1


def test_a_transaction_that_changes_rows_holds_no_notify(ear, funded: Workspace, order: Callable[..., Order]):
    """Of a session that hears no messages nothing comes at all: there is no NOTIFY in what it commits."""
    generation = submit(funded, order(), source="studio")
    watch(ear, funded)
    heard(ear)
    with psycopg.connect(**availability.connection_parameters()) as deaf:
        deaf.execute(
            "SELECT generation_publish(%s, %s, NULL, 'generation.running', '{}')", [funded.pk, generation.pk]
        )
        image = generation.images.get().pk
        deaf.execute("SELECT procrastinate_defer_jobs_v1(ARRAY[generation_job(%s, 1)])", [image])
        deaf.commit()
    assert not heard(ear)


def test_many_changes_are_announced_together(ear, funded: Workspace, order: Callable[..., Order]):
    generation = submit(funded, order(), source="studio")
    watch(ear, funded)
    heard(ear)
    start = time.monotonic()
    for number in range(200):
        publishing.publish_generation(generation, f"image.{number}")
    took = time.monotonic() - start
    found = heard(ear)[CHANNEL]
    assert len(found) <= max(20, took / 0.005)
    newest = generation.events.latest("id").pk
    assert found[-1] == f"{funded.pk} {newest}"


def test_procrastinates_own_notify_is_off():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger JOIN pg_proc AS called ON called.oid = tgfoid "
            "WHERE tgrelid = 'procrastinate_jobs'::regclass AND tgenabled <> 'D' "
            "AND (prosrc ILIKE '%%pg_notify%%' OR prosrc ~* '\\mnotify\\M')"
        )
        # A job that is aborted is a rare thing.
        assert cursor.fetchall() == [("procrastinate_jobs_notify_queue_job_aborted_v1",)]


def test_nothing_else_sends_notifications():
    houses = ("core", "accounts", "billing", "generation", "gallery", "api", "config")
    files = [path for house in houses for path in (ROOT / house).rglob("*") if path.suffix in {".py", ".sql"}]
    named = {
        str(path.relative_to(ROOT)) for path in files if re.search(r"pg_notify\(|\"NOTIFY ", path.read_text())
    }
    assert named == set(NOTIFIERS)


async def test_a_worker_hears_of_a_job():
    """Channel and payload are those that procrastinate's own worker takes."""
    told = []

    async def hear(*, channel: str, notification: dict) -> None:
        told.append((channel, notification["type"]))

    with app.replace_connector(app.connector.get_worker_connector()) as inside:
        async with inside.open_async():
            listen = inside.job_manager.listen_for_jobs(on_notification=hear, queues=["mail"])
            listening = asyncio.create_task(listen)
            await asyncio.sleep(0.5)
            await sync_to_async(jobs.defer)("billing.tasks.send_receipt", purchase_id="1")
            async with asyncio.timeout(5):
                while not told:  # noqa: ASYNC110 -- it polls
                    await asyncio.sleep(0.05)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    assert told == [("procrastinate_queue_v1#mail", "job_inserted")]
