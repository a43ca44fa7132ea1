"""The jobs of `bench/jobs.py` for Celery.

`celery --app bench.celery_jobs worker` runs them, on the Redis at BENCH_REDIS.
"""

import os
import time
from pathlib import Path

from celery import Celery

app = Celery("bench", broker=os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/0"))
app.conf.update(task_ignore_result=True)


@app.task(name="bench.nothing")
def nothing() -> None: ...


@app.task(name="bench.mark")
def mark(file: str) -> None:
    Path(file).write_text(str(time.monotonic()))
