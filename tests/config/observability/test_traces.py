"""Traces, received by a collector: one through all that becomes of an image, over processes, and nothing private."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts import tokens
from accounts.models import Scope, User, Workspace
from config.environment import ROOT
from config.observability import span_export
from core import ids
from core.outputs import tracing
from generation.lifecycle import traces
from generation.models import Attempt, Generation, Image
from tests.support.environment import free_port
from tests.support.network.collector import Collector, Received, collecting
from tests.support.network.plain import NOBODY
from tests.support.processes import WEB, answers, started

PATIENCE = 60.0
PROMPT = "a vixen under the silver hawthorn"
LIFE = [
    *("order", "quote", "submit", "image", "queued", "claim", "attempt", "provider call", "POST"),
    *("verify", "store", "capture", "announce"),
]
"""What a trace has of one image, in the order in which it begins."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as one:
        yield one


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def objects(log: Path) -> list[dict[str, Any]]:
    """Every line of a log, each of which is one object, but for what the queue's program prints when it starts."""
    lines = log.read_text().splitlines()
    return [json.loads(line) for line in lines if line != "Launching a worker on all queues"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(240)
def test_a_trace_and_the_logs_tell_of_an_image_over_all_processes(
    collector: Collector,
    catalog: None,
    twin: str,
    workspace: Workspace,
    alice: User,
    fund: Callable[[Workspace, int], None],
    database_url: str,
    tmp_path: Path,
):
    fund(workspace, 10)
    _, token = tokens.issue(workspace, name="A program", scopes=Scope.values, user=alice)
    told = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url,
        "LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20of-a-collector",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    url, logs = f"http://127.0.0.1:{free_port()}", {name: tmp_path / name for name in ("web", "worker")}
    server = [sys.executable, "-m", *WEB, "--workers", "2", "--port", url.rpartition(":")[2]]
    server += ["--log-config", "deploy/logging.json", "--log-level", "info"]
    queue = [sys.executable, "manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "3"]
    with (
        logs["web"].open("wb") as web,
        logs["worker"].open("wb") as worker,
        started(server, lambda: answers(f"{url}/healthz"), environment=told, output=web),
        started(queue, lambda: "as worker" in logs["worker"].read_text(), environment=told, output=worker),
    ):
        answer = httpx.post(
            f"{url}/api/v1/generations",
            json={"prompt": PROMPT, "model": "gpt-image-2.5-flare", "quality": "low"},
            headers={"Authorization": f"Bearer {token}", "X-Request-ID": "edge-0123456789"},
            verify=NOBODY,
            timeout=30,
        )
        assert answer.status_code == 202, answer.text
        generation = Generation.objects.get()
        trace = f"{traces.order_place(generation.pk).trace:032x}"
        life: Callable[[], list[Received]] = lambda: [  # noqa: E731
            one for one in collector.spans() if one.trace == trace
        ]
        eventually(lambda: {one.name for one in life()} >= set(LIFE))
        eventually(lambda: any(one.name == "POST api/v1/generations" for one in collector.spans()))
    spans = {one.name: one for one in life()}
    image, attempt = Image.objects.get(), Attempt.objects.get()
    assert len(life()) - sum(one.name == "announce" for one in life()) == len(LIFE) - 1

    # It hangs together, and tells what was done where.
    known = {one.span for one in life()}
    assert [one.name for one in life() if one.parent not in known] == ["order"]
    assert spans["order"].parent == ""
    assert {name for name, one in spans.items() if one.service == "createio-web"} == {
        "order",
        "quote",
        "submit",
    }
    parents = {
        name: next(a.name for a in life() if a.span == one.parent)
        for name, one in spans.items()
        if one.parent
    }
    assert (parents["image"], parents["attempt"], parents["provider call"]) == ("order", "image", "attempt")
    assert (parents["POST"], parents["announce"]) == ("provider call", "capture")
    assert spans["order"].began <= spans["queued"].began <= spans["queued"].ended <= spans["attempt"].began
    assert spans["attempt"].ended <= spans["image"].ended + 1_000_000_000
    assert all(one.began <= one.ended and not one.is_failed for one in life())
    assert spans["image"].about | {"createio.status": "stored"} == spans["image"].about
    assert spans["attempt"].about["createio.attempt"] == str(attempt.pk)
    assert spans["POST"].about["http.response.status_code"] == 200

    # The request has a trace of its own; each knows the other.
    (request,) = [one for one in collector.spans() if one.name == "POST api/v1/generations"]
    assert request.links == ((trace, spans["order"].span),)
    assert spans["order"].links == ((request.trace, request.span),)
    assert request.about["createio.request_id"] == "edge-0123456789"

    # Nothing private leaves.
    assert all(one["authorization"] == "Bearer of-a-collector" for one in collector.headers)
    secrets = [PROMPT, "vixen", token, "sk-sandbox", alice.email, "127.0.0.1:5", "Bearer"]
    everything = b"".join(collector.bodies)
    assert [one for one in secrets if one.encode() in everything] == []
    said = "".join(log.read_text() for log in logs.values())
    assert [one for one in (PROMPT, "vixen", token, "sk-sandbox", alice.email) if one in said] == []

    # The logs' lines carry the same ids.
    (line,) = [one for one in objects(logs["web"]) if "POST /api/v1/generations" in one["message"]]
    assert line == (
        line
        | {
            "request_id": "edge-0123456789",
            "workspace": workspace.public_id,
            "generation": generation.public_id,
            "trace": request.trace,
            "level": "info",
            "logger": "createio.request",
        }
    )
    (line,) = [one for one in objects(logs["worker"]) if one["logger"] == "generation.worker.outcomes"]
    assert line == (
        line
        | {
            "workspace": workspace.public_id,
            "generation": generation.public_id,
            "image": image.public_id,
            "attempt": str(attempt.pk),
            "task": "generation.tasks.run_image",
            "trace": trace,
        }
    )
    assert "request_id" not in line
    assert line["job"].isdigit()
    # The server's own, too.
    assert any(one["logger"] == "_granian" for one in objects(logs["web"]))


def test_a_share_of_all_traces_is_kept_and_every_process_decides_alike():
    sampler = span_export.chosen_sampler("traceidratio", 0.25)
    places = [traces.order_place(ids.new()) for _ in range(4_000)]
    kept = [sampler.should_sample(None, one.trace, "order").decision.is_sampled() for one in places]
    assert 0.2 < sum(kept) / len(kept) < 0.3
    again = span_export.chosen_sampler("traceidratio", 0.25)
    assert kept == [again.should_sample(None, one.trace, "image").decision.is_sampled() for one in places]
    assert {(one.trace > 0, one.span > 0) for one in places} == {(True, True)}


@pytest.fixture
def measuring(collector: Collector, settings: Any) -> Iterator[Callable[..., Callable[[], list[Received]]]]:
    """Measure in this process: `measuring(sampler="always_on")` gives what has arrived, once all was sent."""
    providers = []

    def begin(**options: str) -> Callable[[], list[Received]]:
        env = {f"otel_traces_{name}": value for name, value in options.items()}
        settings.ENV = replace(settings.ENV, otel_exporter_otlp_endpoint=collector.url, **env)
        provider = span_export.start("web")
        providers.append(provider)

        def arrived() -> list[Received]:
            assert provider.force_flush()
            return collector.spans()

        return arrived

    yield begin
    tracing.use(None)
    for provider in providers:
        provider.shutdown()


@pytest.mark.parametrize("sampler", ["always_off", "parentbased_always_off"])
def test_no_trace_is_kept_where_none_is_wanted(measuring: Any, sampler: str):
    arrived = measuring(sampler=sampler)
    place = traces.order_place(ids.new())
    tracing.record("order", 1, 2, at=place)
    with tracing.span("attempt", within=place):
        tracing.record("announce", 1, 2, within=tracing.current())
    assert arrived() == []


def test_an_exception_leaves_its_class_and_none_of_its_words(measuring: Any, collector: Collector):
    arrived = measuring()
    with pytest.raises(ValueError, match="hush"), tracing.span("verify"):
        raise ValueError("hush")
    (span,) = arrived()
    assert (span.is_failed, span.about) == (True, {"error.type": "ValueError"})
    assert b"hush" not in b"".join(collector.bodies)


def test_a_request_is_measured_by_its_route_and_probes_are_not(measuring: Any, client: Any, db: None):
    arrived = measuring()
    client.get("/healthz")
    client.get("/nowhere?signature=hush")
    (span,) = arrived()
    assert span.name == "GET (none)"
    assert span.about["http.response.status_code"] == 404
    assert span.links == ()


def test_a_collector_that_is_away_stops_nothing(measuring: Any, collector: Collector, client: Any, db: None):
    measuring()
    collector.status = 400
    assert client.get("/nowhere").status_code == 404


def test_without_an_endpoint_nothing_is_loaded():
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; import config.wsgi;"
        "assert not [one for one in sys.modules if one.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))];"
        "from core.outputs import tracing; assert not tracing.is_on()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
