"""The usage page of a workspace with 100,000 charged images in 30 days: whole requests in this process."""

import logging
import os
import statistics
import time

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Membership, Role, User, Workspace
from bench.figures import Figure
from billing import ledger
from generation.catalog.parameters import ImageParameters
from generation.orders.order import Order
from generation.orders.submit import submit

CAPTURES, EACH = int(os.environ.get("BENCH_USAGE", "100000")), 2
TIMES = 15
BAR = 1_000.0

# Copies of a real generation, its image and its hold's transfers, spread over the days, people and models. The ledger
# of this database alone is written past its functions: a hundred thousand orders would take minutes.
FILL = """
    CREATE TEMPORARY TABLE bench_made AS
    SELECT number, uuidv7() AS generation, CASE WHEN number %% 3 > 0 THEN (%(people)s::uuid[])[1 + number %% 8] END AS actor,
           (ARRAY['gpt-image-2.5-flare', 'gpt-image-2.5-sunburst', 'gpt-image-2'])[1 + number %% 3] AS model
    FROM generate_series(1, %(generations)s) AS number;
    INSERT INTO generation_generation
    SELECT row.* FROM bench_made AS made, generation_generation AS sample, LATERAL jsonb_populate_record(
        NULL::generation_generation,
        to_jsonb(sample) || jsonb_build_object('id', made.generation, 'model_id', made.model, 'status', 'succeeded')
    ) AS row WHERE sample.id = %(sample)s;
    CREATE TEMPORARY TABLE bench_pictures AS
    SELECT made.*, copy, uuidv7() AS image FROM bench_made AS made, generate_series(0, %(each)s - 1) AS copy;
    INSERT INTO generation_image
    SELECT row.* FROM bench_pictures AS made, generation_image AS sample, LATERAL jsonb_populate_record(
        NULL::generation_image,
        to_jsonb(sample) || jsonb_build_object(
            'id', made.image, 'generation_id', made.generation, 'index', made.copy, 'status', 'stored',
            'file', 'w/bench.png', 'finished_at', now()
        )
    ) AS row WHERE sample.generation_id = %(sample)s;
    INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, actor_id,
                                  available_after, created_at)
    SELECT uuidv7(-interval '29 days' * made.number / %(generations)s), %(workspace)s, part.kind, part.source, part.target,
           1, part.kind || ':' || made.image, 'image:' || made.image, '', made.actor, 0, now()
    FROM bench_pictures AS made,
         (VALUES ('capture', 'held', 'used'), ('hold', 'available', 'held')) AS part (kind, source, target);
"""


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
    workspace = Workspace.objects.create(name="Usage", slug="usage")
    people = [User.objects.create_user(f"usage-{n}@example.com", os.urandom(12).hex()) for n in range(8)]
    Membership.objects.create(workspace=workspace, user=people[0], role=Role.OWNER)
    ledger.grant(workspace, 10, key="usage", reference="bench")
    sample = submit(
        workspace,
        Order(
            prompt="A lighthouse", model="gpt-image-2.5-flare", parameters=ImageParameters(size="1024x1024")
        ),
        source="api",
    )
    filling = {
        "people": [one.pk for one in people], "generations": CAPTURES // EACH, "each": EACH, "sample": sample.pk,
        "workspace": workspace.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, filling)
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(people[0])
    return client
