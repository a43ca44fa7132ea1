"""A worker of this process, as procrastinate runs it: with a connector and connections of its own."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, connections
from procrastinate.contrib.django import app, procrastinate_app
from procrastinate.periodic import PeriodicRegistry

from core import jobs

PATIENCE = 30.0
FOLLOWING = ("upkeep", "mail")
"""Queues of the sweeps and of what they queue."""


def sweep(name: str) -> None:
    """Let a worker run a periodic task, and then whatever it has queued, until nothing is left that is due."""
    jobs.defer(name, timestamp=0)
    asyncio.run(_work())


@contextmanager
def refused_commits(table: str, condition: str) -> Iterator[None]:
    """Let each transaction fail with its commit, all statements done, that has written such a row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'This commit is refused.'; END $$"
        )
        cursor.execute(
            f"CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse_commit()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER refuse_commit ON {table}")
            cursor.execute("DROP FUNCTION refuse_commit()")


@contextmanager
def _nothing_else_due() -> Iterator[None]:
    """Let no periodic task come between that happens to be due at this minute."""
    real = procrastinate_app.current_app
    kept, real.periodic_registry = real.periodic_registry, PeriodicRegistry()
    try:
        yield
    finally:
        real.periodic_registry = kept


async def _work() -> None:
    loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1)
    loop.set_default_executor(thread)
    with app.replace_connector(app.connector.get_worker_connector()), _nothing_else_due():
        async with app.open_async(), asyncio.timeout(PATIENCE):
            await app.run_worker_async(
                queues=list(FOLLOWING), wait=False, concurrency=1, install_signal_handlers=False
            )
            # Tasks that are no coroutines run on that thread, whose connection ends with it.
            await loop.run_in_executor(thread, connections.close_all)
