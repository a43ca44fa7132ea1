"""A batch of 1,000 rows through the twin, and the delay of another workspace's single image beside it."""

import os
import statistics
import time

from accounts.models import Workspace
from bench import crowd, processes
from bench.figures import Figure
from billing.ledger import balance
from billing.ledger.balance import Balance
from billing.models import PricingTier
from billing.reconciliation.invariants import violations
from config.local.supervisor import WORKER
from generation.batches import drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.catalog.parameters import ImageParameters
from generation.models import UNDER_WAY, Batch, Generation, Image, ImageStatus
from generation.orders.order import Order
from generation.orders.submit import submit

ROWS = int(os.environ.get("BENCH_ROWS", "1000"))
IN_FLIGHT = 10
LATENCY = "2"
SINGLES = 15
PAUSE = 0.5
PATIENCE = 1200.0
COMMON = {"model": "gpt-image-2.5-flare", "size": "1024x1024", "quality": "low"}
BAR = 2.0


def measure() -> list[Figure]:
    many, single = crowd.workspaces()[:2]
    PricingTier.objects.update(images_in_flight=IN_FLIGHT)
    with (
        processes.running(
            "twins",
            ["-m", "sandbox"],
            port=int(os.environ["SANDBOX_PORT"]),
            environment={"SANDBOX_LATENCY": LATENCY},
        ),
        processes.running("worker", WORKER[1:]),
    ):
        _start(single)  # imports, connections, first bytes
        normal = statistics.median(_start(single) for _ in range(SINGLES))
        before = balance.for_workspace(many)
        batch = transitions.start(
            drafts.create(many, [ParsedRow(f"a lighthouse, number {n}") for n in range(ROWS)], common=COMMON)
        )
        beside = []
        while len(beside) < SINGLES and _is_under_way(batch):
            beside.append(_start(single))
            # Spread over the batch, so that singles meet its beginning and its end.
            time.sleep(PAUSE)
        _finish(batch, before, many)
    crowded = statistics.median(beside)
    return [
        Figure(
            "fairness_start",
            crowded / normal,
            "x of its normal start",
            f"{1000 * crowded:.0f} ms with {ROWS:,} rows waiting",
            1000 * normal,
            "ms without",
            BAR,
            at_least=False,
        )
    ]


def _start(workspace: Workspace) -> float:
    """Seconds from an order to the moment when its image is with the provider."""
    parameters = ImageParameters(size=COMMON["size"], quality=COMMON["quality"])
    order = Order("A single lighthouse", COMMON["model"], parameters=parameters)
    generation = submit(workspace, order, source="studio")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if Generation.objects.filter(pk=generation.pk, finished_at__isnull=False).exists():
            image = Image.objects.get(generation=generation)
            assert image.started_at, "an image that is finished was begun"
            return (image.started_at - image.created_at).total_seconds()
        # The rows say when it began; how often they are asked changes no figure.
        time.sleep(0.05)
    raise RuntimeError("A single image was not made within 2 minutes; see var/bench/logs.")


def _is_under_way(batch: Batch) -> bool:
    return Batch.objects.filter(pk=batch.pk, status__in=UNDER_WAY).exists()


def _finish(batch: Batch, before: Balance, workspace: Workspace) -> None:
    """Wait for the end, and fail unless every total is exact."""
    deadline = time.monotonic() + PATIENCE
    while _is_under_way(batch) and time.monotonic() < deadline:
        # Seldom, so that asking costs the measured machine nothing.
        time.sleep(1)
    batch.refresh_from_db()
    stored = Image.objects.filter(generation__batch=batch, status=ImageStatus.STORED).count()
    after = balance.for_workspace(workspace)
    figures = (
        batch.status,
        batch.stored,
        batch.charged,
        stored,
        before.available - after.available,
        after.held,
    )
    wanted = ("succeeded", ROWS, ROWS, ROWS, ROWS, 0)
    if figures != wanted or (wrong := violations()):
        raise RuntimeError(
            f"The batch ended as {figures} instead of {wanted}. {wrong if figures == wanted else ''}"
        )
