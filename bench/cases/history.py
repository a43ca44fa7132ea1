"""What the engine does for an image, and what upkeep deletes, beside a million rows in each table that it touches.

First in a database without history, then in the same one with a million images, their orders, holds, transfers, attempts and
events, and as many jobs that wait: fetch a job, admit a parked image, claim, deliver, prune. `BENCH_HISTORY=100000` shortens it.
"""

import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator

from django.db import connection

from bench import filling, load
from bench.figures import Figure
from bench.filling import Place
from billing import ledger
from billing.models import PricingTier
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims
from generation.lifecycle.claims import ClaimedImage
from generation.maintenance import retention
from generation.media.inspection import InspectedImage
from generation.models import Image
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers.contract import DeliveredImage
from generation.worker import admission, outcomes
from generation.worker.outcomes import StoredFile

ROWS = int(os.environ.get("BENCH_HISTORY", "1000000"))
DAYS = 60
TIMES = 100
OLD_EVENTS = 10_000
BAR = 1.3
_PARK = """
    UPDATE generation_image AS image SET parked_at = now(), lane = 1, model_id = model.slug, provider_id = model.provider_id
    FROM generation_generation AS generation JOIN generation_imagemodel AS model ON model.slug = generation.model_id
    WHERE generation.id = image.generation_id AND image.id = %s
    RETURNING image.provider_id
"""
_FETCH = "SELECT id FROM procrastinate_fetch_job_v2(ARRAY['images'], %s)"

type Times = dict[str, list[float]]


def measure() -> list[Figure]:
    load.without_helpers()
    PricingTier.objects.update(images_in_flight=30_000)
    place = filling.workspace("history")
    _keep_samples()
    filling.fill(place, 0, DAYS)
    without = _median(place)
    start = time.perf_counter()
    filling.fill(place, ROWS, DAYS)
    _add_events_and_jobs()
    print(f"{ROWS:,} rows filled in, {time.perf_counter() - start:.0f} s", flush=True)
    beside = _median(place)
    return [
        Figure(f"history_{name}", beside[name] / took, "x of none", f"{beside[name]:.2f} ms beside {ROWS:,} rows", took,
               "ms without", BAR, at_least=False)
        for name, took in without.items()
    ]  # fmt: skip


def _median(place: Place) -> dict[str, float]:
    """Milliseconds of processor time that each operation takes."""
    ledger.grant(place.workspace, TIMES + 10, key=f"history:{uuid.uuid4()}", reference="bench")
    took: Times = {}
    for image in _ordered(place):
        _go_through(image, took)
    for _ in range(5):
        _prune(took)
    found = {name: statistics.median(times[len(times) // 10 :]) for name, times in took.items()}
    print(", ".join(f"{name} {one:.2f} ms" for name, one in found.items()), flush=True)
    return found


def _ordered(place: Place) -> Iterator[uuid.UUID]:
    parameters = ImageParameters(size="1024x1024")
    for _ in range(TIMES):
        order = Order(prompt="A lighthouse", model="gpt-image-2.5-flare", parameters=parameters)
        yield submit(place.workspace, order, source="api").images.get().pk


def _go_through(image: uuid.UUID, took: Times) -> None:
    """Do everything for an image that is done between its order and its capture, once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
        ((worker,),) = cursor.fetchall()
        _timed(took, "fetch", lambda: cursor.execute(_FETCH, [worker]))
        cursor.execute(_PARK, [image])
        ((provider,),) = cursor.fetchall()
    admitted = _timed(took, "admit", lambda: admission.admit(provider, 1))
    assert admitted == 1, "nothing else is parked"
    work = _timed(took, "claim", lambda: claims.claim(image))
    assert work is not None, "nobody else claims it"
    assert _timed(took, "deliver", lambda: _deliver(work)), "nobody took it over"


def _deliver(work: ClaimedImage) -> bool:
    file = StoredFile("w/bench.png", 1_000_000, work.image.bytes * 2)
    return outcomes.record_delivered(work, DeliveredImage(b""), InspectedImage("png", 1024, 1024), file)


def _prune(took: Times) -> None:
    """Delete a portion of events that are a week old, the oldest of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO generation_event (id, kind, data, created_at, workspace_id, generation_id) "
            "SELECT n, t.kind, t.data, now() - interval '8 days', g.workspace_id, g.id "
            "FROM generate_series(1, %s) AS n, bench_generation_event AS t, "
            "(SELECT id, workspace_id FROM generation_generation ORDER BY id LIMIT 1) AS g",
            [OLD_EVENTS],
        )
    assert _timed(took, "prune", retention.prune_events) == OLD_EVENTS


def _timed[Result](took: Times, name: str, work: Callable[[], Result]) -> Result:
    result, spent = load.of_processor(work)
    took.setdefault(name, []).append(spent)
    return result


def _keep_samples() -> None:
    """Keep an event and a job as they were written by an order."""
    image = Image.objects.get()
    filling.keep_sample(
        "generation_event",
        f"id = (SELECT min(id) FROM generation_event WHERE generation_id = '{image.generation_id}')",
    )
    filling.keep_sample("procrastinate_jobs", f"args ->> 'image_id' = '{image.pk}'")
    with connection.cursor() as cursor:
        # Smaller ids are left to events that are old.
        cursor.execute(f"ALTER TABLE generation_event ALTER id RESTART WITH {OLD_EVENTS + 1}")


def _add_events_and_jobs() -> None:
    """Add an event for each image, and as many jobs that wait in the queue of images."""
    event = filling.insert_copies(
        "generation_event", {"generation_id": "image.generation_id", "created_at": "now()"}
    )
    job = filling.insert_copies("procrastinate_jobs", {"args": "jsonb_build_object('image_id', image.id)"})
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"{event} FROM generation_image AS image, bench_generation_event AS t")
        cursor.execute(f"{job} FROM generation_image AS image, bench_procrastinate_jobs AS t")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
