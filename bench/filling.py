"""A workspace with many charged images: copies of a real order, spread over days, people and models."""

import os

from django.db import connection

from accounts.models import Membership, Role, User, Workspace
from billing import ledger
from generation.catalog.parameters import ImageParameters
from generation.models import Generation
from generation.orders.order import Order
from generation.orders.submit import submit

EACH = 2

# The ledger of a benchmark's database alone is written past its functions: a hundred thousand orders would take minutes.
_FILL = """
    CREATE TEMPORARY TABLE bench_made ON COMMIT DROP AS
    SELECT number, uuidv7(-%(days)s * interval '1 day' * number / %(generations)s) AS generation,
           CASE WHEN number %% 3 > 0 THEN (%(people)s::uuid[])[1 + number %% 8] END AS actor,
           (ARRAY['gpt-image-2.5-flare', 'gpt-image-2.5-sunburst', 'gpt-image-2'])[1 + number %% 3] AS model
    FROM generate_series(1, %(generations)s) AS number;
    INSERT INTO generation_generation
    SELECT row.* FROM bench_made AS made, generation_generation AS sample, LATERAL jsonb_populate_record(
        NULL::generation_generation,
        to_jsonb(sample) || jsonb_build_object('id', made.generation, 'model_id', made.model, 'status', 'succeeded')
    ) AS row WHERE sample.id = %(sample)s;
    CREATE TEMPORARY TABLE bench_pictures ON COMMIT DROP AS
    SELECT made.*, copy, uuidv7(-%(days)s * interval '1 day' * made.number / %(generations)s) AS image
    FROM bench_made AS made, generate_series(0, %(each)s - 1) AS copy;
    INSERT INTO generation_image
    SELECT row.* FROM bench_pictures AS made, generation_image AS sample, LATERAL jsonb_populate_record(
        NULL::generation_image,
        to_jsonb(sample) || jsonb_build_object(
            'id', made.image, 'generation_id', made.generation, 'index', made.copy, 'status', 'stored',
            'file', 'w/bench.png', 'thumbnail', 'w/bench.webp', 'format', 'png', 'width', 1024, 'height', 1024,
            'size', 1000000, 'finished_at', now()
        )
    ) AS row WHERE sample.generation_id = %(sample)s;
    INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, actor_id,
                                  available_after, created_at)
    SELECT uuidv7(-%(days)s * interval '1 day' * made.number / %(generations)s), %(workspace)s, part.kind, part.source,
           part.target, 1, part.kind || ':' || made.image, 'image:' || made.image, '', made.actor, 0, now()
    FROM bench_pictures AS made,
         (VALUES ('capture', 'held', 'used'), ('hold', 'available', 'held')) AS part (kind, source, target);
"""


def workspace(slug: str) -> tuple[Workspace, list[User], Generation]:
    """Make a workspace with some people, the first of whom owns it, and one order, which is the sample of all others."""
    made = Workspace.objects.create(name=slug.title(), slug=slug)
    people = [User.objects.create_user(f"{slug}-{n}@example.com", os.urandom(12).hex()) for n in range(8)]
    Membership.objects.create(workspace=made, user=people[0], role=Role.OWNER)
    ledger.grant(made, 10, key=slug, reference="bench")
    order = Order(
        prompt="A lighthouse", model="gpt-image-2.5-flare", parameters=ImageParameters(size="1024x1024")
    )
    return made, people, submit(made, order, source="api")


def fill(sample: Generation, people: list[User], images: int, days: int) -> None:
    """Add images, evenly over so many days up to now."""
    filling = {
        "people": [one.pk for one in people], "generations": images // EACH, "each": EACH, "sample": sample.pk,
        "workspace": sample.workspace_id, "days": days,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for statement in _FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, filling)
        cursor.execute("COMMIT")
        cursor.execute("VACUUM ANALYZE")
