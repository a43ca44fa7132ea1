"""The work of this app, by name; each is safe to run twice."""

import asyncio
import uuid

from procrastinate.contrib.django import app

from generation import (
    alerts,
    archiving,
    endings,
    health,
    orphans,
    probing,
    runner,
    sweeper,
    tidying,
)
from generation.db import db, fresh


@app.task(name="generation.tasks.run_image", queue="images")
async def run_image(image_id: str) -> None:
    """Make one image."""
    await runner.run_image(uuid.UUID(image_id))


@app.periodic(cron="* * * * * */20")
@app.task(name="generation.tasks.sweep", queue="upkeep", queueing_lock="generation.sweep")
async def sweep(timestamp: int) -> None:
    """Put right what dead workers have left, every 20 seconds."""
    await db(sweeper.sweep)()
    await db(health.judge)()
    await db(alerts.tell)()


@app.periodic(cron="*/5 * * * *")
@app.task(name="generation.tasks.probe", queue="upkeep", queueing_lock="generation.probe")
async def probe(timestamp: int) -> None:
    """Ask providers whether they are there and know our models, every five minutes."""
    await probing.probe()


@app.periodic(cron="19 * * * *")
@app.task(name="generation.tasks.tell_of_endings", queue="upkeep", queueing_lock="generation.tell_of_endings")
async def tell_of_endings(timestamp: int) -> None:
    """Write to those who use a model that ends soon: each hour, so that a mail server's bad day delays it little."""
    await db(endings.tell)()


@app.periodic(cron="7 * * * *")
@app.task(name="generation.tasks.tidy", queue="upkeep", queueing_lock="generation.tidy")
async def tidy(timestamp: int) -> None:
    """Remove what is no longer needed, every hour."""
    await db(tidying.tidy)()


@app.periodic(cron="23 3 * * *")
@app.task(name="generation.tasks.remove_orphans", queue="upkeep", queueing_lock="generation.remove_orphans")
async def remove_orphans(timestamp: int) -> None:
    """Remove what no row knows, every night."""
    await db(orphans.remove)()


@app.task(name="generation.tasks.pack", queue="archives")
async def pack(archive_id: str) -> None:
    """Pack the zip of a batch."""
    await asyncio.to_thread(fresh, archiving.pack, uuid.UUID(archive_id))
