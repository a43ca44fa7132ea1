"""What a worker says to the queue when the database has been away; `tests/faults/test_restart.py` has the whole of it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
import time_machine
from django.db import OperationalError
from django.db.models import F
from django.db.models.functions import Now
from procrastinate import jobs
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.utils import utcnow
from psycopg import errors
from psycopg_pool import PoolClosed
from tenacity import wait_none

from config import worker
from config.worker import Manager
from core.database import asynchronous
from generation import tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def queue(transactional_db: None) -> AsyncIterator[Manager]:
    with app.replace_connector(app.connector.get_worker_connector()):
        async with app.open_async():
            await tasks.pack.defer_async(archive_id="none")
            yield Manager(app.connector, app.tasks)


async def test_a_job_whose_number_was_lost_on_its_way_is_fetched_again(queue):
    worker = await queue.register_worker()
    lost = await queue.fetch_job(None, worker)
    queue._running.clear()
    assert await queue.fetch_job(None, worker) is None
    queue._is_unsure = True
    again = await queue.fetch_job(None, worker)
    assert again.id == lost.id
    queue._is_unsure = True
    assert await queue.fetch_job(None, worker) is None  # what it knows of stays with it


async def test_a_job_of_another_version_is_left_to_its_workers(queue, caplog):
    worker = await queue.register_worker()
    older = Manager(app.connector, {"generation.tasks.sweep"})
    with caplog.at_level("INFO", "createio.worker"):
        assert await older.fetch_job(None, worker) is None
    assert "generation.tasks.pack is not known here" in caplog.text
    job = await ProcrastinateJob.objects.aget()
    assert (job.status, job.worker_id, job.attempts) == ("todo", None, 0)
    assert await queue.fetch_job(None, worker) is None  # in a minute, so that nobody goes round and round
    await queue.connector.execute_query_async("UPDATE procrastinate_jobs SET scheduled_at = now()")
    assert (await queue.fetch_job(None, worker)).id == job.id


async def test_one_that_nobody_knows_does_not_stand_before_others(queue):
    worker = await queue.register_worker()
    await tasks.sweep.defer_async(timestamp=0)
    older = Manager(app.connector, {"generation.tasks.sweep"})
    assert (await older.fetch_job(None, worker)).task_name == "generation.tasks.sweep"


async def test_one_that_nobody_has_known_for_a_day_fails(queue):
    worker = await queue.register_worker()
    await queue.connector.execute_query_async("UPDATE procrastinate_events SET at = at - interval '1 day'")
    job = await Manager(app.connector, set()).fetch_job(None, worker)
    assert job.task_name == "generation.tasks.pack"  # procrastinate lets it fail: a task that is not found


async def test_an_end_that_is_told_twice_is_one(queue):
    worker = await queue.register_worker()
    job = await queue.fetch_job(None, worker)
    await queue.finish_job(job, jobs.Status.SUCCEEDED, delete_job=True)
    assert not await ProcrastinateJob.objects.aexists()
    assert queue._running == set()


async def test_a_worker_that_was_given_up_comes_back_under_its_number(queue):
    worker = await queue.register_worker()
    await queue.unregister_worker(worker)
    assert await queue.fetch_job(None, worker) is None  # refused by the reference to it
    job = await queue.fetch_job(None, worker)
    assert job.worker_id == worker


async def test_a_job_that_meets_a_lock_begins_again(monkeypatch):
    monkeypatch.setattr(asynchronous, "FIRST_PAUSE", 0.01)
    tries = []

    async def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError from errors.LockNotAvailable()
        return "done"

    assert await asynchronous.retry_while_unavailable(work) == "done"
    monkeypatch.setattr(asynchronous, "RETRY_SECONDS", 0.0)
    tries[:] = []
    with pytest.raises(OperationalError):
        await asynchronous.retry_while_unavailable(work)


@pytest.fixture
def say(monkeypatch):
    """Say something to a queue that answers with each of these causes in turn, and then hears it."""
    monkeypatch.setattr(worker._until_heard.retry, "wait", wait_none())

    async def until_heard(*causes) -> int:
        tries = []

        async def once() -> int:
            tries.append(1)
            if len(tries) <= len(causes):
                raise ConnectorException from causes[len(tries) - 1]
            return len(tries)

        return await worker._until_heard(once)

    return until_heard


async def test_what_the_queue_does_not_hear_is_said_again(say, caplog):
    away = [errors.AdminShutdown(), errors.ConnectionTimeout(), psycopg.InterfaceError("closed")]
    assert await say(*away) == 4
    assert caplog.text.count("The queue does not answer; trying again: closed") == 1
    assert await say(*[errors.LockNotAvailable()] * 20) == 21


@pytest.mark.parametrize("cause", [errors.UniqueViolation(), PoolClosed()])
async def test_what_the_queue_is_against_is_said_once(say, cause):
    with pytest.raises(ConnectorException):
        await say(cause)


@pytest.mark.parametrize("off", [-61, 61])
async def test_a_retry_waits_as_long_by_the_databases_clock_as_by_its_own(queue, off):
    worker = await queue.register_worker()
    job = await queue.fetch_job(None, worker)
    with time_machine.travel(utcnow() + timedelta(seconds=off), tick=True):
        await queue.retry_job(job, retry_at=utcnow() + timedelta(seconds=20))
    row = await ProcrastinateJob.objects.annotate(left=F("scheduled_at") - Now()).aget()
    assert timedelta(seconds=15) < row.left <= timedelta(seconds=20)
    assert row.status == "todo"
