"""The whole `generation.orders.submit.submit()`, beside pgbench inserting copies of the same rows in one round trip."""

import random
import uuid

from django.db import connection

from accounts.models import Workspace
from bench import crowd, load, stage
from bench.figures import Figure, beside
from billing.models import PricingTier
from generation.catalog.parameters import ImageParameters
from generation.models import Generation
from generation.orders.order import Order
from generation.orders.submit import submit

BAR = 0.30
PROMPT = "A lighthouse on a cliff in the last light, waves below, seen from the sea, 35 mm film, muted colors"
COPIED = ("generation_generation", "generation_image", "procrastinate_jobs", "generation_event")
SCRIPT = r"""
\set number random(1, :workspaces)
WITH who AS (
    SELECT workspace_id, uuidv7() AS generation, uuidv7() AS image, gen_random_uuid()::text AS name
    FROM bench_workspace WHERE number = :number
), moved AS (
    UPDATE billing_wallet AS wallet SET available = available - 1, held = held + 1
    FROM who
    WHERE wallet.workspace_id = who.workspace_id AND available >= 1 AND debt = 0
        AND NOT EXISTS (
            SELECT FROM accounts_workspace WHERE id = wallet.workspace_id AND suspended_at IS NOT NULL
        )
    RETURNING wallet.workspace_id, wallet.available, 'generation:' || who.generation AS reference
), held AS (
    INSERT INTO billing_hold (id, workspace_id, reference, amount, token_id, actor_id, created_at)
    SELECT uuidv7(), workspace_id, reference, 1, NULL, NULL, clock_timestamp() FROM moved
    ON CONFLICT (reference) DO NOTHING
    RETURNING id
), transferred AS (
    INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, hold_id,
                                  actor_id, token_id, available_after, created_at)
    SELECT uuidv7(), workspace_id, 'hold', 'available', 'held', 1, 'hold:' || reference, reference, '', held.id,
           NULL, NULL, available, clock_timestamp()
    FROM moved, held
), made AS (
    INSERT INTO generation_generation {generation_generation}
), pictured AS (
    INSERT INTO generation_image {generation_image}
), queued AS (
    INSERT INTO procrastinate_jobs {procrastinate_jobs}
), said AS (
    INSERT INTO generation_event {generation_event}
    RETURNING id
)
SELECT id FROM said;
"""
FRESH = {
    "generation_generation": {
        "id": "who.generation",
        "workspace_id": "who.workspace_id",
        "request_key": "who.name",
    },
    "generation_image": {
        "id": "who.image",
        "workspace_id": "who.workspace_id",
        "generation_id": "who.generation",
    },
    "procrastinate_jobs": {"args": "jsonb_build_object('image_id', who.image)"},
    "generation_event": {"workspace_id": "who.workspace_id", "generation_id": "who.generation"},
}


def measure() -> list[Figure]:
    many = crowd.workspaces()
    # No workspace reaches its limit, so each submission queues its job, as the anchor does.
    PricingTier.objects.update(images_in_flight=30_000)
    order = Order(
        prompt=PROMPT,
        model="gpt-image-2.5-flare",
        n=1,
        parameters=ImageParameters(size="1024x1024", quality="medium"),
    )

    def one(workspace: Workspace) -> Generation:
        return submit(workspace, order, source="api", request_key=str(uuid.uuid4()))

    script = stage.folder("submit") / "submit.sql"
    script.write_text(_script(one(many[0])))
    found = beside(
        lambda: load.of_threads(lambda _thread: one(random.choice(many))),
        lambda: load.of_pgbench(script, workspaces=len(many)),
        load.rounds(),
    )
    ours = f"{found.ours:,.0f} submissions/s"
    return [Figure("submit_vs_pgbench", found.ratio, "of pgbench", ours, found.anchor, "pgbench tx/s", BAR)]


def _script(sample: Generation) -> str:
    """The rows of a real submission become templates, so the anchor writes what we write, whatever the columns."""
    image = sample.images.get()
    where = {
        "generation_generation": f"id = '{sample.pk}'",
        "generation_image": f"id = '{image.pk}'",
        "procrastinate_jobs": f"args ->> 'image_id' = '{image.pk}'",
        "generation_event": f"generation_id = '{sample.pk}'",
    }
    inserts = {}
    with connection.cursor() as cursor:
        for table in COPIED:
            cursor.execute(f"CREATE TABLE bench_{table} AS SELECT * FROM {table} WHERE {where[table]}")
            cursor.execute(f"SELECT count(*) FROM bench_{table}")
            assert cursor.fetchone() == (1,), f"a submission of one image writes one row into {table}"
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attgenerated = '' AND NOT (attname = 'id' AND atttypid <> 'uuid'::regtype) ORDER BY attnum",
                [table],
            )
            columns = [name for (name,) in cursor.fetchall()]
            values = [FRESH[table].get(name, f't."{name}"') for name in columns]
            quoted = ", ".join(f'"{name}"' for name in columns)
            inserts[table] = f"({quoted}) SELECT {', '.join(values)} FROM who, bench_{table} AS t"
    return SCRIPT.format(**inserts)
