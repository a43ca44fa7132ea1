"""The tasks of this app, by name; each is safe to run twice."""

import uuid

from procrastinate.contrib.django import app

from api import maintenance
from api.webhooks import failing, publishing, sending
from core.database.asynchronous import in_db_thread


@app.periodic(cron="23 * * * *")
@app.task(name="api.tasks.sweep", queue="upkeep", queueing_lock="api.sweep")
async def sweep(timestamp: int) -> None:
    """Delete old responses and counters every hour."""
    await in_db_thread(maintenance.sweep)()


@app.task(name=publishing.DELIVER, queue="webhooks")
async def deliver(workspace_id: str, endpoint_id: str) -> None:
    """Send what is due to an endpoint."""
    await sending.work_off(uuid.UUID(workspace_id), uuid.UUID(endpoint_id))


@app.periodic(cron="* * * * * */10")
@app.task(name="api.tasks.queue_due_deliveries", queue="upkeep", queueing_lock="api.queue_due_deliveries")
async def queue_due_deliveries(timestamp: int) -> None:
    """Queue deliveries whose next try is due, every ten seconds."""
    await in_db_thread(sending.queue_due)()


@app.periodic(cron="47 * * * *")
@app.task(name="api.tasks.follow_failing", queue="upkeep", queueing_lock="api.follow_failing")
async def follow_failing(timestamp: int) -> None:
    """Tell owners of webhooks that fail, and switch off those that have for five days, every hour."""
    await in_db_thread(failing.follow)()
