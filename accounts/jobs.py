"""Jobs that are queued inside the caller's transaction, in every process.

procrastinate's own `defer()` does that in the web process only: a worker has put its own connection in the
place of Django's, so a job that is deferred there exists even if the transaction is rolled back, and may run
before it is committed. This goes through Django's connection everywhere, to the function that procrastinate
itself calls.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import close_old_connections, connection
from procrastinate import RetryStrategy
from procrastinate.tasks import Task

MANY_TIMES = RetryStrategy(max_attempts=12, exponential_wait=3)
"""From seconds to days: Stripe or the mail server may be down for a while."""

_DEFER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW(%s, %s, %s, NULL, NULL, arguments, %s)::procrastinate_job_to_defer_v1
    )) FROM unnest(%s::jsonb[]) AS arguments
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A task by its name, for callers below the module that defines it."""

    name: str
    queue: str
    priority: int = 0


def defer(
    task: "Task[Any, Any, Any] | Named",
    *,
    at: datetime | None = None,
    priority: int | None = None,
    **arguments: Any,
) -> None:
    """Queue a job that exists when the caller's transaction commits, and only then.

    Args:
        task: what to run; its arguments are ids, since they are stored as plain JSON.
        at: not before this moment.
        priority: higher runs first; by default the task's own.
        arguments: the task's.
    """
    defer_all(task, [arguments], at=at, priority=priority)


def defer_all(
    task: "Task[Any, Any, Any] | Named",
    jobs: Sequence[Mapping[str, Any]],
    *,
    at: datetime | None = None,
    priority: int | None = None,
) -> None:
    """Queue a job for each of these sets of arguments, in one statement."""
    if not jobs:
        return
    rank = task.priority if priority is None else priority
    with connection.cursor() as cursor:
        cursor.execute(_DEFER, [task.queue, task.name, rank, at, [json.dumps(job) for job in jobs]])


def fresh[**P](function: Callable[P, None]) -> Callable[P, None]:
    """Close dead connections before `function` runs: a worker's thread lives long."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        close_old_connections()
        try:
            function(*args, **kwargs)
        finally:
            close_old_connections()

    return run
