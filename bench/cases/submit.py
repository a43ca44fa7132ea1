"""The whole `generation.orders.submit.submit()`, beside pgbench writing copies of the same rows in one round trip."""

import random
import uuid

from django.db import connection

from accounts.models import Workspace
from bench import crowd, filling, load, stage
from bench.figures import Figure, beside
from billing.models import PricingTier
from generation.catalog.parameters import ImageParameters
from generation.models import Generation
from generation.orders.order import Order
from generation.orders.submit import submit

BAR = 0.30
PROMPT = "A lighthouse on a cliff in the last light, waves below, seen from the sea, 35 mm film, muted colors"
# Two statements, since triggers look for the generation of an image and for the hold of a transfer: what a statement writes
# becomes visible with the next. One call of a function, so it is one round trip and one transaction nevertheless.
ANCHOR = """
CREATE FUNCTION bench_submit(p_number integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    who record;
    said bigint;
BEGIN
    WITH whose AS (
        SELECT workspace_id, uuidv7() AS generation, uuidv7() AS image, gen_random_uuid()::text AS name
        FROM bench_workspace WHERE number = p_number
    ), moved AS (
        UPDATE billing_wallet AS wallet SET available = available - 1, held = held + 1
        FROM whose
        WHERE wallet.workspace_id = whose.workspace_id AND available >= 1 AND debt = 0
            AND NOT EXISTS (
                SELECT FROM accounts_workspace WHERE id = wallet.workspace_id AND suspended_at IS NOT NULL
            )
        RETURNING whose.*, wallet.available, 'generation:' || whose.generation AS reference
    ), held AS (
        INSERT INTO billing_hold (id, workspace_id, reference, amount, token_id, actor_id, created_at)
        SELECT uuidv7(), workspace_id, reference, 1, NULL, NULL, clock_timestamp() FROM moved
        ON CONFLICT (reference) DO NOTHING
        RETURNING id
    ), made AS (
        {generation_generation} FROM moved, bench_generation_generation AS t
    )
    SELECT moved.*, held.id AS hold INTO who FROM moved, held;
    WITH transferred AS (
        INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, hold_id,
                                      actor_id, token_id, available_after, created_at)
        VALUES (uuidv7(), who.workspace_id, 'hold', 'available', 'held', 1, 'hold:' || who.reference, who.reference, '',
                who.hold, NULL, NULL, who.available, clock_timestamp())
    ), pictured AS (
        {generation_image} FROM bench_generation_image AS t
    ), queued AS (
        {procrastinate_jobs} FROM bench_procrastinate_jobs AS t
    ), announced AS (
        {generation_event} FROM bench_generation_event AS t
        RETURNING id
    )
    SELECT id INTO said FROM announced;
    RETURN said;
END
$$
"""
SCRIPT = r"""
\set number random(1, :workspaces)
SELECT bench_submit(:number);
"""
FRESH = {
    "generation_generation": {
        "id": "moved.generation",
        "workspace_id": "moved.workspace_id",
        "request_key": "moved.name",
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
    script.write_text(SCRIPT)
    _make_anchor(one(many[0]))
    found = beside(
        lambda: load.of_threads(lambda _thread: one(random.choice(many))),
        lambda: load.of_pgbench(script, workspaces=len(many)),
        load.rounds(),
    )
    ours = f"{found.ours:,.0f} submissions/s"
    return [Figure("submit_vs_pgbench", found.ratio, "of pgbench", ours, found.anchor, "pgbench tx/s", BAR)]


def _make_anchor(sample: Generation) -> None:
    """The rows of a real submission become templates, so the anchor writes what we write, whatever the columns."""
    image = sample.images.get()
    where = {
        "generation_generation": f"id = '{sample.pk}'",
        "generation_image": f"id = '{image.pk}'",
        "procrastinate_jobs": f"args ->> 'image_id' = '{image.pk}'",
        "generation_event": f"generation_id = '{sample.pk}'",
    }
    for table, condition in where.items():
        filling.keep_sample(table, condition)
    inserts = {table: filling.insert_copies(table, fresh) for table, fresh in FRESH.items()}
    with connection.cursor() as cursor:
        cursor.execute(ANCHOR.format(**inserts))
