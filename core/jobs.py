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

RETRY_FOR_DAYS = RetryStrategy(max_attempts=12, exponential_wait=3)
"""Retries from seconds to days: Stripe or the mail server may be unavailable for a while."""

_DEFER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW(%s, %s, %s, NULL, NULL, arguments, NULL)::procrastinate_job_to_defer_v1
    )) FROM unnest(%s::jsonb[]) AS arguments
"""


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
