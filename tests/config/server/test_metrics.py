"""Processes behind one port, as production runs them, and several servers: each scrape tells of all behind its port."""

import re
from collections import Counter
from contextlib import ExitStack

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.observability import health
from tests.support.network.plain import NOBODY
from tests.support.processes import LIVE, WEB, serving

TOKEN = "a-token-for-the-scraper"
COUNT = re.compile(r'createio_request_seconds_count\{method="GET",route="healthz",status="200"\} (\d+)')


def scrape(url: str) -> str:
    answer = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, verify=NOBODY)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.django_db(transaction=True)
def test_every_scrape_tells_of_all_processes_behind_the_port(database_url, monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", TOKEN)
    with serving(database_url, (*WEB, "--workers", "2"), pool=0) as url:
        answered = 0
        for _ in range(40):
            # A new connection each time, which the kernel gives to either.
            answered += httpx.get(f"{url}/healthz", verify=NOBODY).status_code == 200
        counts = [int(COUNT.search(scrape(url))[1]) for _ in range(8)]
    assert len(set(counts)) == 1, counts
    assert counts[0] >= answered


@pytest.mark.django_db(transaction=True)
def test_servers_add_up_and_what_is_of_the_database_is_there_once_in_each(database_url, monkeypatch, catalog):
    """Two web servers with two processes each and a live one, as on several hosts: none tells of another's requests."""
    monkeypatch.setenv("METRICS_TOKEN", TOKEN)
    with ExitStack() as running:
        # As `deploy/run` starts them: what the server loads for its log comes before the product's own start.
        web = (*WEB, "--workers", "2", "--log-config", "deploy/logging.json")
        commands = [(web, 0), (web, 0), (LIVE, 4)]
        urls = [
            running.enter_context(serving(database_url, command, pool=pool)) for command, pool in commands
        ]
        before = [int(COUNT.search(scrape(url))[1]) for url in urls]
        for number, url in enumerate(urls, 1):
            for _ in range(10 * number):
                httpx.get(f"{url}/healthz", verify=NOBODY).raise_for_status()
        # The live process answers for OpenAI's clients without Django's middleware.
        assert httpx.get(f"{urls[2]}/v1/models", verify=NOBODY).status_code == 401
        texts = [scrape(url) for url in urls]
    after = [int(COUNT.search(text)[1]) for text in texts]
    assert [now - then for now, then in zip(after, before, strict=True)] == [10, 20, 30]
    assert 'createio_request_seconds_count{method="GET",route="v1/models",status="401"} 1.0' in texts[2]
    shared = []
    for text in texts:
        samples = Counter(
            (one.name, *sorted(one.labels.items()))
            for family in text_string_to_metric_families(text)
            for one in family.samples
        )
        assert [name for name, times in samples.items() if times > 1] == []
        assert sum(name == "createio_degraded" for name, *_ in samples) == len(health.WANTED)
        own = ("createio_request_seconds", "process_", "python_")
        shared.append({sample for sample in samples if not sample[0].startswith(own)})
    assert shared[0] == shared[1] == shared[2]
