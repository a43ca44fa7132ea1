"""Copies of real rows, and a workspace with many charged images: an order's, spread over days, people and models, and its books.

Each image has an order of its own, a hold, two transfers and an attempt, and the ledger is in order: `reconcile` finds nothing.
"""

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from billing import ledger
from billing.models import Purchase
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims
from generation.models import Attempt
from generation.orders.order import Order
from generation.orders.submit import submit

PLENTY = 20_000_000
"""Credits that were bought at the beginning, for a cent each."""
TODAY = 1_000
"""Images of the day that is not over: as many whatever the history, since it is what the day's work is."""

_COLUMNS = """
    SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' AND NOT (attname = 'id' AND atttypid <> 'uuid'::regtype)
    ORDER BY attnum
"""
# Emptied before each filling: what hangs on orders and transfers goes with them.
_EMPTY = """
    TRUNCATE billing_transfer, billing_hold, billing_wallet, billing_walletatclose, billing_closedday, billing_dailyuse,
             billing_provenwallet, billing_proventoken, billing_provenpoint, billing_purchase, generation_generation CASCADE
"""
# A UUIDv7 of a moment. Not `uuidv7(at - clock_timestamp())`: a process that waits for its turn between two looks at the clock
# would put it later than what follows.
_ID = """(lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
            || '8' || substr(md5(random()::text), 1, 15))::uuid"""
_MADE = f"""
    CREATE TEMPORARY TABLE bench_made ON COMMIT DROP AS
    SELECT number, at, {_ID.format(at="at")} AS generation, {_ID.format(at="at")} AS image,
           {_ID.format(at="at")} AS hold, {_ID.format(at="at")} AS held,
           {_ID.format(at="at + interval '2 ms'")} AS captured, {_ID.format(at="at")} AS attempt,
           CASE WHEN number %% 3 > 0 THEN (%(people)s::uuid[])[1 + number %% 8] END AS actor,
           (ARRAY['gpt-image-2.5-flare', 'gpt-image-2.5-sunburst', 'gpt-image-2'])[1 + number %% 3] AS model
    FROM (
        SELECT number, %(begins)s + (%(today)s - %(begins)s) * (number::float8 / %(images)s) AS at
        FROM generate_series(1, %(images)s) AS number
        UNION ALL
        SELECT %(images)s + number, %(today)s + (%(now)s - %(today)s) * (number::float8 / (%(of_today)s + 1))
        FROM generate_series(1, %(of_today)s) AS number
    ) AS moments
"""
_TRANSFER = """
    INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, hold_id, actor_id,
                                  available_after, created_at)
    SELECT {id}, %(workspace)s, '{kind}', '{source}', '{target}', 1, '{kind}:' || {about}, {about}, '', hold, actor,
           %(plenty)s - number, at
    FROM bench_made
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where images are filled in: a workspace and its people, the first of whom owns it."""

    workspace: Workspace
    people: list[User]


def workspace(slug: str) -> Place:
    """Make a workspace with some people and one order, the sample of all others; `fill` takes it away again."""
    made = Workspace.objects.create(name=slug.title(), slug=slug)
    people = [User.objects.create_user(f"{slug}-{n}@example.com", os.urandom(12).hex()) for n in range(8)]
    Membership.objects.create(workspace=made, user=people[0], role=Role.OWNER)
    ledger.grant(made, 10, key=slug, reference="bench")
    order = Order(
        prompt="A lighthouse", model="gpt-image-2.5-flare", parameters=ImageParameters(size="1024x1024")
    )
    image = submit(made, order, source="api").images.get()
    claims.claim(image.pk)
    attempt = Attempt.objects.get(image=image)
    for table, row in (
        ("generation_generation", image.generation_id), ("generation_image", image.pk), ("generation_attempt", attempt.pk),
    ):  # fmt: skip
        keep_sample(table, f"id = '{row}'")
    return Place(made, people)


def fill(place: Place, images: int, days: int) -> None:
    """Replace everything that was ordered by so many images, spread evenly over days that are over, and `TODAY` of today.

    The ledger of a benchmark's database alone is written past its functions: a million orders would take hours.
    """
    now = timezone.now()
    # The day before is over only when it can be closed (`billing.accounting.closing.GRACE`).
    today = (
        (now - dt.timedelta(minutes=11)).astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    begins = today - dt.timedelta(days=days)
    filling = {
        "people": [one.pk for one in place.people], "workspace": place.workspace.pk, "images": images, "of_today": TODAY,
        "begins": begins, "today": today, "now": now, "plenty": PLENTY,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        # No trigger, no check of a foreign key: what they would say is what `reconcile` says afterwards.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_EMPTY)
        cursor.execute(_MADE, filling)
        for statement in _rows():
            cursor.execute(statement, filling)
        _buy(place.workspace, begins)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _rows() -> list[str]:
    """Return the statements that make everything of an image, from its order to its capture."""
    source = "FROM bench_made AS made, {table} AS t".format
    every = {
        "generation_generation": {
            "id": "made.generation", "model_id": "made.model", "status": "'succeeded'", "charged": "1",
            "created_at": "made.at", "finished_at": "made.at", "created_by_id": "made.actor",
        },
        "generation_image": {
            "id": "made.image", "generation_id": "made.generation", "model_id": "made.model", "status": "'stored'", "credits": "1",
            "claim": "NULL", "lease_until": "NULL", "file": "'w/bench.png'", "thumbnail": "'w/bench.webp'", "format": "'png'",
            "width": "1024", "height": "1024", "size": "1000000", "sha256": "sha256(made.image::text::bytea)",
            "created_at": "made.at", "started_at": "made.at", "finished_at": "made.at",
        },
        "generation_attempt": {
            "id": "made.attempt", "image_id": "made.image", "model_id": "made.model", "outcome": "'succeeded'", "cost": "4000",
            "started_at": "made.at", "ended_at": "made.at",
        },
    }  # fmt: skip
    copies = [
        f"{insert_copies(table, fresh)} {source(table=f'bench_{table}')}" for table, fresh in every.items()
    ]
    holds = """
        INSERT INTO billing_hold (id, workspace_id, reference, amount, captured, released, actor_id, created_at, ended_at)
        SELECT hold, %(workspace)s, 'generation:' || generation, 1, 1, 0, actor, at, at FROM bench_made
    """
    held = _TRANSFER.format(
        id="held", kind="hold", source="available", target="held", about="'generation:' || generation"
    )
    captured = _TRANSFER.format(
        id="captured", kind="capture", source="held", target="used", about="'image:' || image"
    )
    wallet = """
        INSERT INTO billing_wallet (workspace_id, available, held, debt, last_transfer)
        SELECT %(workspace)s, %(plenty)s - count(*), 0, 0,
               (SELECT captured FROM bench_made ORDER BY captured DESC LIMIT 1) FROM bench_made
    """
    return [*copies, holds, held, captured, wallet]


def _buy(workspace: Workspace, begins: dt.datetime) -> None:
    """Buy all credits a day before the first was used."""
    at = begins - dt.timedelta(days=1)
    bought = Purchase.objects.create(
        workspace=workspace, status="paid", pack_slug="starter", pack_name="Starter", credits=PLENTY, amount=PLENTY,
        payment_intent="pi_bench", paid_at=at, receipt_sent_at=at,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, "
            "available_after, created_at) VALUES (uuidv7(%s - clock_timestamp()), %s, 'purchase', 'sold', 'available', %s, 'bench', "
            "%s, '', %s, %s)",
            [at, workspace.pk, PLENTY, bought.reference, PLENTY, at],
        )


def keep_sample(table: str, where: str) -> None:
    """Keep the one row that meets a condition as the sample of its table."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_{table} AS SELECT * FROM {table} WHERE {where}")
        cursor.execute(f"SELECT count(*) FROM bench_{table}")
        assert cursor.fetchone() == (1,), f"one row of {table} is the sample"


def insert_copies(table: str, fresh: Mapping[str, str]) -> str:
    """Write the beginning of an INSERT, to which a FROM with the sample as `t` belongs.

    Args:
        table: one with a sample; ids that count up are left to it.
        fresh: expressions for the columns that differ from the sample.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [table])
        columns = [name for (name,) in cursor.fetchall()]
    assert fresh.keys() <= set(columns), f"columns that {table} doesn't have: {fresh.keys() - set(columns)}"
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(fresh.get(name, f't."{name}"') for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT {values}"
