"""Background tasks of the gallery; each is safe to run twice."""

from procrastinate.contrib.django import app

from core.database.asynchronous import in_db_thread
from gallery import rewording


@app.periodic(cron="* * * * *")
@app.task(name="gallery.tasks.reword", queue="upkeep", queueing_lock="gallery.reword")
async def reword(timestamp: int) -> None:
    """Make words anew that an earlier version has written, every minute until there are none."""
    await in_db_thread(rewording.reword)()
