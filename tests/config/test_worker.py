"""What a worker says to the queue when the database has been away; `tests/faults/test_restart.py` has the whole of it."""

from collections.abc import AsyncIterator

import pytest
from django.db import OperationalError
from procrastinate import jobs
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg import errors

from config.worker import Manager
from generation import db, tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def queue(transactional_db: None) -> AsyncIterator[Manager]:
    with app.replace_connector(app.connector.get_worker_connector()):
        async with app.open_async():
            await tasks.pack.defer_async(archive_id="none")
            yield Manager(app.connector)


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
    monkeypatch.setattr(db, "FIRST_PAUSE", 0.01)
    tries = []

    async def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError from errors.LockNotAvailable()
        return "done"

    assert await db.again(work) == "done"
    monkeypatch.setattr(db, "PATIENCE", 0.0)
    tries[:] = []
    with pytest.raises(OperationalError):
        await db.again(work)
