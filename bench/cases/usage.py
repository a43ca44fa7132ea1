"""The usage page of a workspace with 100,000 charged images in 30 days: whole requests in this process."""

import logging
import os
import statistics
import time

from django.conf import settings
from django.test import Client

from bench import filling
from bench.figures import Figure

CAPTURES = int(os.environ.get("BENCH_USAGE", "100000"))
TIMES = 15
BAR = 1_000.0


def measure() -> list[Figure]:
    logging.getLogger("createio.request").setLevel(logging.WARNING)  # a line per page would be measured too
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    client = _filled()
    took: dict[str, list[float]] = {"30_days": [], "this_month": []}
    for _ in range(TIMES):
        for period, times in took.items():
            start = time.perf_counter()
            answer = client.get(f"/workspace/usage?by=model&period={period}")
            times.append(1000 * (time.perf_counter() - start))
            assert answer.status_code == 200
    median = statistics.median(took["30_days"])
    return [
        Figure("usage_page", median, "ms", f"{median:.0f} ms", statistics.median(took["this_month"]),
               f"ms this month; {CAPTURES:,} captures in 30 days", BAR, at_least=False),
    ]  # fmt: skip


def _filled() -> Client:
    place = filling.workspace("usage")
    filling.fill(place, CAPTURES, days=29)
    client = Client()
    client.force_login(place.people[0])
    return client
