"""The tasks of this app, by name; each is safe to run twice."""

from procrastinate.contrib.django import app

from api import maintenance
from core.database.asynchronous import in_db_thread


@app.periodic(cron="23 * * * *")
@app.task(name="api.tasks.sweep", queue="upkeep", queueing_lock="api.sweep")
async def sweep(timestamp: int) -> None:
    """Delete old responses and counters every hour."""
    await in_db_thread(maintenance.sweep)()
