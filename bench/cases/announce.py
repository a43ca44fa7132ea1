"""Commits that take 3 ms, as with a synchronous standby: changes announced after them, beside NOTIFY within them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection, transaction

from bench import crowd, load, stage
from bench.figures import Figure, beside
from core.database import availability
from core.jobs import defer
from generation.catalog.parameters import ImageParameters
from generation.events.publishing import publish_generation
from generation.models import Generation
from generation.orders.order import Order
from generation.orders.submit import submit

COMMIT = 3_000
"""Microseconds that a commit takes at least."""
WORKSPACES = 200
ROWS = r"""
\set number random(1, :workspaces)
WITH event AS (
    INSERT INTO generation_event (workspace_id, generation_id, kind, data, created_at)
    SELECT workspace_id, id, 'generation.queued', '{}', now() FROM bench_announced WHERE number = :number
    RETURNING id, workspace_id
), job AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, args)
    VALUES ('mail', 'billing.tasks.send_receipt', '{}') RETURNING id
)
"""
ALONE = f"{ROWS} SELECT event.id, job.id FROM event, job;"
WITHIN = f"""{ROWS}
SELECT pg_notify('generation_events', event.workspace_id || ' ' || event.id),
    pg_notify('procrastinate_any_queue_v1', job.id::text)
FROM event, job;
"""
"""As the product itself did it once."""


def measure() -> list[Figure]:
    made = [_order(number) for number in range(WORKSPACES)]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_announced AS "
            "SELECT row_number() OVER () AS number, id, workspace_id FROM generation_generation"
        )
    with _slow_commits(), _watchers():
        alone = beside(lambda: _announced(made), lambda: _pgbench(ALONE), load.rounds())
        within = beside(lambda: _announced(made), lambda: _pgbench(WITHIN), load.rounds())
    ours = f"{within.ours:,.0f} commits/s"
    return [
        Figure("announced_vs_rows", alone.ratio, "of pgbench", ours, alone.anchor, "commits/s, nothing announced", 0.3),
        Figure("announced_vs_notify", within.ratio, "x NOTIFY", ours, within.anchor, "commits/s, NOTIFY within", 3),
    ]  # fmt: skip


def _order(number: int) -> Generation:
    parameters = ImageParameters(size="1024x1024", quality="medium")
    order = Order(prompt="A lighthouse", model="gpt-image-2.5-flare", n=1, parameters=parameters)
    return submit(crowd.workspaces()[number], order, source="api", request_key=f"announce-{number}")


def _announced(made: list[Generation]) -> float:
    def one(_thread: int) -> None:
        with transaction.atomic():
            publish_generation(random.choice(made), "generation.queued")
            defer("billing.tasks.send_receipt", purchase_id="1")

    return load.of_threads(one)


def _pgbench(text: str) -> float:
    script: Path = stage.folder("announce") / "announce.sql"
    script.write_text(text)
    return load.of_pgbench(script, workspaces=WORKSPACES)


@contextmanager
def _slow_commits() -> Iterator[None]:
    """Have the leader of a group of commits wait before it writes: for all of them, and whoever comes meanwhile."""
    with connection.cursor() as cursor:
        for setting in (f"commit_delay = {COMMIT}", "commit_siblings = 0"):
            cursor.execute(f"ALTER SYSTEM SET {setting}")
        cursor.execute("SELECT pg_reload_conf()")
    yield


@contextmanager
def _watchers() -> Iterator[None]:
    """Have somebody watch each workspace, and one worker listen."""
    with psycopg.connect(**availability.connection_parameters(), autocommit=True) as session:
        session.execute("SELECT pg_advisory_lock_shared(7110, bucket) FROM generate_series(0, 127) AS bucket")
        session.execute("LISTEN generation_events; LISTEN procrastinate_any_queue_v1")
        yield
