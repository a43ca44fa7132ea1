"""Enqueueing of jobs inside the caller's transaction, in every process.

procrastinate's own `defer()` does that in the web process only: a worker replaces Django's connection with its own,
so a job that it defers stays even if the transaction is rolled back, and may run before it is committed. This
module uses Django's connection everywhere, and calls the database function that procrastinate itself calls.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core.database import portions

RETRY_FOR_DAYS = RetryStrategy(max_attempts=12, exponential_wait=3)
"""Retries from seconds to days: Stripe or the mail server may be unavailable for a while."""

FAILED_DAYS = 30
"""How long jobs that have failed are kept."""
_FORGET = """
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT job.id FROM procrastinate_jobs AS job
        WHERE job.status IN ('failed', 'cancelled', 'aborted') AND NOT EXISTS (
            SELECT FROM procrastinate_events WHERE job_id = job.id AND at > now() - make_interval(days => %s)
        )
        LIMIT 1000
    )
"""
_DEFER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW(%s, %s, %s, NULL, NULL, arguments, NULL)::procrastinate_job_to_defer_v1
    )) FROM unnest(%s::jsonb[]) AS arguments
"""


def forget_failed() -> int:
    """Delete jobs that failed or were canceled `FAILED_DAYS` ago, and return how many.

    Jobs that succeed go with their success; these stay to be looked at, and to be run again.
    """

    def portion() -> int:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [FAILED_DAYS])
            return int(cursor.rowcount)

    return portions.work_off(portion)


def defer(name: str, /, **arguments: Any) -> None:
    """Queue a job that exists once the caller's transaction commits, and only then.

    Args:
        name: the task's name, so that modules below the one that defines it can enqueue it.
        arguments: the task's arguments; pass ids, since they are stored as plain JSON.

    Raises:
        KeyError: there is no such task.
    """
    defer_all(name, [arguments])


def defer_all(name: str, jobs: Sequence[Mapping[str, Any]], /) -> None:
    """Queue one job per set of arguments, in one statement.

    Raises:
        KeyError: there is no such task.
    """
    task = app.tasks[name]
    if not jobs:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DEFER, [task.queue, task.name, task.priority, [json.dumps(job) for job in jobs]])
