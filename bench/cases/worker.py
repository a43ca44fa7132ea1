"""One worker process with 500 calls in flight on an upstream that takes ten seconds, beside the least possible CPU time."""

import os
import random
import statistics
import time

from accounts.models import Workspace
from bench import crowd, processes
from bench.figures import Figure
from billing.models import PricingTier
from config.local.supervisor import WORKER
from generation.catalog.parameters import ImageParameters
from generation.models import Image, ImageStatus
from generation.orders.order import Order
from generation.orders.submit import submit

IN_FLIGHT, LATENCY = 500, 10.0
IMAGES = int(os.environ.get("BENCH_IMAGES", "2000"))
EACH = 4
PATIENCE = 180.0
RATE_BAR, CPU_BAR, MEMORY_BAR = 0.95, 1.5, 350.0


def measure() -> list[Figure]:
    many = crowd.workspaces()
    PricingTier.objects.update(images_in_flight=30_000)
    with processes.upstream(LATENCY) as port:
        floors = [_floor(port)]
        told = {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "sk-bench"}
        with processes.running("worker", WORKER[1:], environment=told) as worker:
            _make(many, 8)  # imports, connections, first bytes
            before = processes.spent(worker)
            rate = _make(many, IMAGES)
            cpu = 1000 * (processes.spent(worker) - before) / IMAGES
            memory = processes.peak_mb(worker)
        floors.append(_floor(port))
    floor = statistics.mean(floors)
    ideal = IN_FLIGHT / LATENCY
    return [
        Figure(
            "worker_rate",
            rate / ideal,
            "of what 500 in flight allow",
            f"{rate:.1f} images/s",
            ideal,
            "images/s at most",
            RATE_BAR,
        ),
        Figure(
            "worker_cpu",
            cpu / floor,
            "of the floor",
            f"{cpu:.1f} CPU-ms/image",
            floor,
            "CPU-ms/image",
            CPU_BAR,
            at_least=False,
        ),
        Figure(
            "worker_rss_mb",
            memory,
            "MB at most",
            f"{memory:.0f} MB",
            None,
            f"{IN_FLIGHT} calls in flight",
            MEMORY_BAR,
            at_least=False,
        ),
    ]


def _floor(port: int) -> float:
    """CPU-ms per image of the least work, with as many in flight."""
    return processes.printed(["-m", "bench.floor", str(port), str(IN_FLIGHT), str(IN_FLIGHT)])


def _make(workspaces: list[Workspace], images: int) -> float:
    """Order that many images and wait for them; images stored a second between the 20th and the 80th percentile."""
    order = Order(
        prompt="A lighthouse",
        model="gpt-image-2.5-flare",
        n=EACH,
        parameters=ImageParameters(size="1024x1024", quality="medium"),
    )
    made = [submit(random.choice(workspaces), order, source="api").pk for _ in range(images // EACH)]
    mine = Image.objects.filter(generation__in=made)
    deadline = time.monotonic() + PATIENCE
    while (left := mine.exclude(status=ImageStatus.STORED).count()) and time.monotonic() < deadline:
        # Seldom, so that asking costs the measured machine nothing.
        time.sleep(0.5)
    if left:
        raise RuntimeError(
            f"{left} of {images} images were not stored within {PATIENCE:.0f} s; see var/bench/logs."
        )
    ends = sorted(mine.values_list("finished_at", flat=True))
    first, last = ends[len(ends) // 5], ends[len(ends) * 4 // 5]
    return (len(ends) * 4 // 5 - len(ends) // 5) / max((last - first).total_seconds(), 0.001)
