"""Time from the last byte of an upstream's image to the browser's event, with 100 calls in flight."""

import http.client
import json
import os
import random
import statistics
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.test import Client

from accounts.models import Membership, Role, User, Workspace
from bench import crowd, processes, stage
from bench.figures import Figure
from billing.models import PricingTier
from config.local.supervisor import LIVE, WORKER
from core import ids
from generation.catalog.parameters import ImageParameters
from generation.models import Attempt
from generation.orders.order import Order
from generation.orders.submit import submit

IN_FLIGHT, LATENCY = 100, 10.0
IMAGES = int(os.environ.get("BENCH_EVENTS", "400"))
EMAIL = "watcher@example.com"
BAR = 250.0


def measure() -> list[Figure]:
    workspace = crowd.workspaces()[0]
    PricingTier.objects.update(images_in_flight=1_000)
    log = stage.folder("logs") / "answered"
    with (
        processes.upstream(LATENCY, log) as upstream,
        _product(upstream) as port,
        _watching(port, workspace) as seen,
    ):
        _order(workspace, IMAGES)
        _wait(seen, IMAGES)
    took = sorted(_delays(log, seen))
    p95 = took[int(0.95 * len(took))]
    return [
        Figure(
            "last_byte_to_event",
            p95,
            "ms p95",
            f"{statistics.median(took):.0f} ms median of {len(took)}",
            None,
            f"{IN_FLIGHT} calls in flight",
            BAR,
            at_least=False,
        )
    ]


@contextmanager
def _product(upstream: int) -> Iterator[int]:
    port = stage.free_port()
    told = {
        "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream}/v1",
        "OPENAI_API_KEY": "sk-bench",
        "DATABASE_POOL": "16",
    }
    live = [*LIVE[1:], "--port", str(port)]
    with (
        processes.running("live-events", live, port=port, environment=told),
        processes.running("worker-events", WORKER[1:], environment=told),
    ):
        yield port


@contextmanager
def _watching(port: int, workspace: Workspace) -> Iterator[dict[uuid.UUID, float]]:
    """A browser's stream of events: when each image was announced as stored (Unix time), by the image's id."""
    user = User.objects.create_user(EMAIL, os.urandom(12).hex(), name="Watcher")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    browser = Client()
    browser.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    wire.request("GET", "/studio/events", headers={"Cookie": f"{name}={browser.cookies[name].value}"})
    stream = wire.getresponse()
    if stream.status != 200:
        raise RuntimeError(f"The stream of events answers {stream.status}: {stream.read()[:300]!r}")
    seen: dict[uuid.UUID, float] = {}
    threading.Thread(target=_read, args=(stream, seen), daemon=True).start()
    yield seen


def _read(stream: http.client.HTTPResponse, seen: dict[uuid.UUID, float]) -> None:
    kind = ""
    for line in stream:
        if line.startswith(b"event: "):
            kind = line[7:].strip().decode()
        elif line.startswith(b"data: ") and kind == "image.stored":
            image = ids.parse("img", json.loads(line[6:])["id"])
            if image:
                seen[image] = time.time()


def _order(workspace: Workspace, images: int) -> None:
    """One image after the other, so that `IN_FLIGHT` are under way all the time and end one by one."""
    order = Order(
        prompt="A lighthouse",
        model="gpt-image-2.5-flare",
        n=1,
        parameters=ImageParameters(size="1024x1024", quality="medium"),
    )
    for _ in range(images):
        submit(workspace, order, source="studio")
        # The load itself: images that come at random, about `IN_FLIGHT` at a time.
        time.sleep(random.uniform(0.5, 1.5) * LATENCY / IN_FLIGHT)


def _wait(seen: dict[uuid.UUID, float], images: int) -> None:
    deadline = time.monotonic() + 6 * LATENCY
    while len(seen) < images:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{images - len(seen)} images were not announced; see var/bench/logs.")
        # Another thread fills `seen` with the moments; this only waits for the last one.
        time.sleep(0.1)


def _delays(log: Path, seen: dict[uuid.UUID, float]) -> list[float]:
    """Milliseconds for each image, without those of the first wave, in which everything begins."""
    sent = {uuid.UUID(key): float(at) for key, at in (line.split() for line in log.read_text().splitlines())}
    image = dict(Attempt.objects.filter(pk__in=sent).values_list("pk", "image_id"))
    ordered = sorted((at, image[attempt]) for attempt, at in sent.items())
    return [1000 * (seen[key] - at) for at, key in ordered[IN_FLIGHT:]]
