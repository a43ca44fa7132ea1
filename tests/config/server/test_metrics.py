"""Two processes behind one port, as production runs them: each scrape tells of both."""

import re

import httpx
import pytest

from tests.support.network.plain import NOBODY
from tests.support.processes import WEB, serving

TOKEN = "a-token-for-the-scraper"
COUNT = re.compile(r'createio_request_seconds_count\{method="GET",route="healthz",status="200"\} (\d+)')


@pytest.mark.django_db(transaction=True)
def test_every_scrape_tells_of_all_processes_behind_the_port(database_url, monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", TOKEN)
    with serving(database_url, (*WEB, "--workers", "2"), pool=0) as url:
        answered = 0
        for _ in range(40):
            # A new connection each time, which the kernel gives to either.
            answered += httpx.get(f"{url}/healthz", verify=NOBODY).status_code == 200
        counts = []
        for _ in range(8):
            answer = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, verify=NOBODY)
            counts.append(int(COUNT.search(answer.text)[1]))
    assert len(set(counts)) == 1, counts
    assert counts[0] >= answered
