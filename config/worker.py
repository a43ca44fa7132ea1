"""Workers that survive an unreachable database: procrastinate's own end with the first statement that fails.

Their tasks go on meanwhile, and the results are written once the database is back; see
`core.database.asynchronous.run_for_job_with_retries`.
"""

import functools
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable, Container, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from procrastinate import App, jobs
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.manager import JobManager, NotificationCallback
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.utils import utcnow
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool, PoolClosed
from tenacity import RetryCallState, retry, retry_if_exception, wait_fixed

from config.database import POOL_SECONDS
from config.observability import traces
from config.version import announce
from core.database import availability
from core.database.asynchronous import retry_while_unavailable
from core.outputs import log_context

PAUSE: Final = 1.0
CONNECTIONS: Final = 4
_BEAT: Final = """
    INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%(worker)s)
    ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()
"""
"""Lets a worker that was considered dead, because it could not report, return under its own id."""
_GIVE_BACK: Final = """
    SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM procrastinate_jobs
    WHERE worker_id = %(worker)s AND status = 'doing' AND NOT id = ANY(%(running)s::bigint[])
"""
_RETRY: Final = """
    SELECT procrastinate_retry_job_v2(
        %(job)s, now() + make_interval(secs => %(wait)s), %(priority)s, %(queue)s, %(lock)s
    )
"""
_DROP: Final = "DELETE FROM procrastinate_jobs WHERE id = %(job)s AND status = 'doing'"
_LEAVE = """
    UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, scheduled_at = now() + interval '1 minute'
    WHERE id = %(job)s AND status = 'doing' AND EXISTS (
        SELECT FROM procrastinate_events
        WHERE job_id = %(job)s AND type = 'deferred' AND at > now() - interval '1 day'
    )
    RETURNING id
"""
"""Leaves a job of a task that this code does not know to workers of another version, for a day; then it fails."""
_log = logging.getLogger("createio.worker")


def prepare(app: App) -> None:
    """Make workers of `app` survive it; procrastinate calls this once the app is ready."""
    app.connector = Connector()
    app.job_manager = Manager(app.connector, app.tasks)
    app.worker_defaults["worker_middleware"] = [run_with_retries]


async def run_with_retries(
    call_next: Callable[[], Awaitable[Any]], context: JobContext, _worker: Worker
) -> Any:
    """Run a job, again if the database was unreachable or a lock was held: each task is safe to run twice."""
    # Each job has a task of its own, so its ids end with it.
    log_context.bind(task=context.job.task_name, job=context.job.id or 0)
    return await retry_while_unavailable(call_next)


class Pool(AsyncConnectionPool):
    """A pool that opens without waiting for the database: whoever needs a connection waits."""

    async def open(self, wait: bool = False, timeout: float = 30.0) -> None:  # noqa: ASYNC109 -- the pool's own signature
        """Begin to connect."""
        await super().open()


class Connector(DjangoConnector):
    """Gives workers a pool that recovers with the database at once; the stock one's pauses grow to minutes."""

    def get_worker_connector(self) -> PsycopgConnector:
        """Return the connector of a worker."""
        return PsycopgConnector(
            pool_factory=Pool,
            kwargs=connector_params(self.alias),
            min_size=CONNECTIONS,
            timeout=5.0,
            reconnect_timeout=POOL_SECONDS,
        )


class Manager(JobManager):
    """A worker's calls to the queue, retried until they succeed.

    If the response was lost, we may not know of a job that was fetched, and a job that has ended may be
    "doing" for ever. So the worker remembers the ids of its jobs, and releases all others after each failure.

    While two versions run beside each other, the newer one's web queues jobs that the older one's workers do not know:
    these leave them alone, where procrastinate's own let them fail.

    Args:
        connector: the way to the queue.
        tasks: names of the tasks that this code knows.
    """

    def __init__(self, connector: BaseConnector, tasks: Container[str]) -> None:
        super().__init__(connector)
        self._tasks = tasks
        self._running: set[int] = set()
        self._is_unsure = False

    async def register_worker(self) -> int:
        """Register as soon as the database answers."""
        announce("worker")
        traces.start("worker")
        return await _until_heard(super().register_worker)

    async def prune_stalled_workers(self, seconds_since_heartbeat: float) -> list[int]:
        """Prune stalled workers as soon as the database answers."""
        return await _until_heard(functools.partial(super().prune_stalled_workers, seconds_since_heartbeat))

    async def update_heartbeat(self, worker_id: int) -> None:
        """Report that the worker lives."""

        async def beat() -> None:
            say_alive()
            await self.connector.execute_query_async(query=_BEAT, worker=worker_id)

        await _until_heard(beat)

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> jobs.Job | None:
        """Fetch the next job; none while the database is unreachable: the worker asks again after a second."""
        try:
            if self._is_unsure:
                await self._give_back(worker_id)
            job = await super().fetch_job(queues, worker_id)
            while job and job.task_name not in self._tasks and await self._leave(job):
                job = await super().fetch_job(queues, worker_id)
        except ConnectorException as error:
            if not (_passes(error) or isinstance(error.__cause__, psycopg.errors.ForeignKeyViolation)):
                raise
            self._is_unsure = True
            availability.record_outage()
            _log.warning("No job can be fetched; trying again: %s", error.__cause__)
            return None
        if job and job.id:
            self._running.add(job.id)
        return job

    async def _leave(self, job: jobs.Job) -> bool:
        """Leave a job to workers of another version; return whether it may be."""
        try:
            left = await self.connector.execute_query_all_async(query=_LEAVE, job=job.id)
        except UniqueViolation:
            # Its like was queued meanwhile, and waits in its place.
            await self.connector.execute_query_async(query=_DROP, job=job.id)
            return True
        if left:
            _log.info("Job %s is left to another version: %s is not known here.", job.id, job.task_name)
        return bool(left)

    async def _give_back(self, worker_id: int) -> None:
        """Release jobs that only the queue considers ours, so that they are fetched again."""
        await self.connector.execute_query_async(query=_BEAT, worker=worker_id)
        lost = await self.connector.execute_query_all_async(
            query=_GIVE_BACK, worker=worker_id, running=sorted(self._running)
        )
        self._is_unsure = False
        _log.warning("The database is back; %d jobs are begun anew.", len(lost))

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:
        """Report that a job has ended."""
        await self._tell(job, functools.partial(super().finish_job, job, status, delete_job))

    async def retry_job(
        self,
        job: jobs.Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Report that a job is to be retried."""
        # The moment comes from this machine's clock; the queue goes by the database's.
        wait = max(0.0, (retry_at - utcnow()).total_seconds()) if retry_at else 0.0
        again = functools.partial(
            self.connector.execute_query_async,
            query=_RETRY,
            job=job.id,
            wait=wait,
            priority=priority,
            queue=queue,
            lock=lock,
        )
        await self._tell(job, again)

    async def _tell(self, job: jobs.Job, tell: Callable[[], Awaitable[None]]) -> None:
        assert job.id
        tries = 0

        async def told() -> None:
            nonlocal tries
            tries += 1
            try:
                await tell()
            except ConnectorException as error:
                if _passes(error) or tries == 1:
                    raise
                _log.info("Job %s was told of already: %s", job.id, error.__cause__)

        try:
            await _until_heard(told)
        finally:
            self._running.discard(job.id)

    async def defer_periodic_job(self, job: jobs.Job, periodic_id: str, defer_timestamp: int) -> int | None:
        """Queue a periodic job that is due, once for all workers."""
        defer = functools.partial(super().defer_periodic_job, job, periodic_id, defer_timestamp)
        return await _until_heard(defer)

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Listen for new jobs; those that arrive while nobody listens are found by polling."""
        listen = functools.partial(super().listen_for_jobs, on_notification=on_notification, queues=queues)
        await _until_heard(listen)

    async def list_jobs_to_abort_async(self, queue: str | None = None) -> Iterable[int]:
        """Return nothing while the database is unreachable: it is asked again in a moment."""
        try:
            return await super().list_jobs_to_abort_async(queue)
        except ConnectorException as error:
            if not _passes(error):
                raise
            return []

    async def unregister_worker(self, worker_id: int) -> None:
        """Unregister; if that fails, the worker is considered dead after 30 seconds."""
        try:
            await super().unregister_worker(worker_id)
        except ConnectorException as error:
            _log.warning("The worker could not sign off: %s", error.__cause__)


def say_alive() -> None:
    """Leave a sign for `deploy/health.py` that the event loop goes round, whether or not the database answers."""
    place = Path(tempfile.gettempdir()) / f"createio-worker-{os.getuid()}"
    with suppress(OSError):
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        os.utime(handle)
        os.close(handle)


def _passes(error: BaseException) -> bool:
    """Whether the database is away or held up, rather than against it."""
    cause = error.__cause__ if isinstance(error, ConnectorException) else None
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError) and not isinstance(
        cause, PoolClosed
    )


def _warn(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    _log.warning("The queue does not answer; trying again: %s", error and error.__cause__)


@retry(retry=retry_if_exception(_passes), wait=wait_fixed(PAUSE), before_sleep=_warn)
async def _until_heard[R](say: Callable[[], Awaitable[R]]) -> R:
    """Say something to the queue, and say it again for as long as the database is away."""
    return await say()
