"""Jobs that do nothing, and a job that records when it started, on the product's own queue.

`python -m bench.jobs` runs them as the product's worker runs its own; `bench/celery_jobs.py` has Celery's.
"""

import asyncio
import time
from pathlib import Path

import django

django.setup()

from procrastinate.contrib.django import app  # noqa: E402 -- there is none before Django is set up

QUEUE = "bench"
AT_ONCE = 20


@app.task(name="bench.nothing", queue=QUEUE)
async def nothing() -> None: ...


@app.task(name="bench.mark", queue=QUEUE)
async def mark(file: str) -> None:
    Path(file).write_text(str(time.monotonic()))  # noqa: ASYNC240 -- a few bytes, twice


async def work() -> None:
    async with app.open_async():
        await app.run_worker_async(queues=[QUEUE], concurrency=AT_ONCE)


if __name__ == "__main__":
    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(work())
