"""Background tasks of this app; each is safe to run twice."""

import asyncio
import uuid
from collections.abc import Sequence

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core.database.asynchronous import call_with_live_connection, in_db_thread
from generation.batches import archives
from generation.catalog import retirement_notices
from generation.maintenance import orphans, provider_copies, recovery, retention
from generation.media.small import ahead
from generation.providers import health, operator_alerts, probes
from generation.reporting import cost_drift
from generation.worker import runner, store_watch


@app.task(name="generation.tasks.run_image", queue="images")
async def run_image(image_id: str) -> None:
    """Make one image."""
    await runner.run_image(uuid.UUID(image_id))


@app.periodic(cron="* * * * * */20")
@app.task(name="generation.tasks.sweep", queue="upkeep", queueing_lock="generation.sweep")
async def sweep(timestamp: int) -> None:
    """Recover work that dead workers have left, every 20 seconds."""
    await store_watch.sweep()
    await in_db_thread(recovery.sweep)()
    await in_db_thread(health.update_all)()
    await in_db_thread(operator_alerts.notify_operators)()


@app.periodic(cron="* * * * * */5")
@app.task(
    name="generation.tasks.derive",
    queue="upkeep",
    queueing_lock="generation.derive",
    lock="generation.derive",
    priority=-100,
)
async def derive(timestamp: int) -> None:
    """Make the small versions of images that people have ordered, every five seconds; one run at a time, in all workers."""
    await ahead.work_off()


@app.periodic(cron="*/5 * * * *")
@app.task(name="generation.tasks.probe", queue="upkeep", queueing_lock="generation.probe")
async def probe(timestamp: int) -> None:
    """Check that providers are reachable and know our models, every five minutes."""
    await probes.probe()


@app.periodic(cron="19 * * * *")
@app.task(name="generation.tasks.tell_of_endings", queue="upkeep", queueing_lock="generation.tell_of_endings")
async def tell_of_endings(timestamp: int) -> None:
    """Notify users of models that retire soon: hourly, so that an outage of the mail server delays it little."""
    await in_db_thread(retirement_notices.notify_owners)()


@app.periodic(cron="41 5 * * *")
@app.task(
    name="generation.tasks.read_ends",
    queue="upkeep",
    queueing_lock="generation.read_ends",
    retry=RetryStrategy(max_attempts=8, exponential_wait=4, retry_exceptions={probes.ListUnavailable}),
)
async def read_ends(timestamp: int) -> None:
    """Read from providers when their models end, every day, and tell operators what is new."""
    await probes.read_ends()


@app.periodic(cron="31 * * * *")
@app.task(name="generation.tasks.compare_costs", queue="upkeep", queueing_lock="generation.compare_costs")
async def compare_costs(timestamp: int) -> None:
    """Tell operators of models whose images do not cost what is expected, every hour."""
    await in_db_thread(cost_drift.notify_operators)()


@app.periodic(cron="7 * * * *")
@app.task(name="generation.tasks.tidy", queue="upkeep", queueing_lock="generation.tidy")
async def tidy(timestamp: int) -> None:
    """Remove expired data, every hour; it takes long after a busy one, so on a thread of its own."""
    await asyncio.to_thread(call_with_live_connection, retention.remove_expired)


@app.task(
    name=provider_copies.TASK,
    queue="upkeep",
    retry=RetryStrategy(
        max_attempts=9, exponential_wait=4, retry_exceptions={provider_copies.NotForgottenError}
    ),
)
async def forget_at_providers(attempts: Sequence[str]) -> None:
    """Delete what providers keep of images that their owners have deleted, tried for four days."""
    await provider_copies.forget([uuid.UUID(attempt) for attempt in attempts])


@app.periodic(cron="23 3 * * *")
@app.task(name="generation.tasks.remove_orphans", queue="upkeep", queueing_lock="generation.remove_orphans")
async def remove_orphans(timestamp: int) -> None:
    """Remove files that no row refers to, every night; it takes long, so on a thread of its own."""
    await asyncio.to_thread(call_with_live_connection, orphans.sweep)


@app.task(name="generation.tasks.pack", queue="archives")
async def pack(archive_id: str) -> None:
    """Pack the zip archive of a batch."""
    await asyncio.to_thread(call_with_live_connection, archives.build, uuid.UUID(archive_id))
