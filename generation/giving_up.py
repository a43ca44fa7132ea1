"""The end of images that have waited too long for a provider that is not called."""

import uuid

from django.db import connection, transaction

from accounts.weather import Round
from generation import settle
from generation.models import ImageStatus, Reason
from generation.outcomes import TOTAL

AT_ONCE = 500
WHY = "Its provider did not work for ten minutes"
_TOO_LONG = """
    SELECT generation.workspace_id, generation.id, array_agg(image.id)
    FROM generation_image AS image
    JOIN generation_generation AS generation ON generation.id = image.generation_id
    JOIN generation_imagemodel AS model ON model.slug = generation.model_id
    LEFT JOIN generation_circuit AS circuit ON circuit.state <> 'closed'
        AND circuit.provider_id = CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END
    LEFT JOIN generation_pace AS pace ON pace.paused_until > now() AND pace.model_id = generation.model_id
        AND pace.provider_id = CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END
    WHERE image.parked_at IS NOT NULL AND image.status = 'waiting' AND (
        coalesce(image.started_at, greatest(image.dispatched_at, circuit.since)) < now() - make_interval(secs => %(total)s)
            AND circuit.state IS NOT NULL
        OR coalesce(image.started_at, image.dispatched_at) < pace.paused_until - make_interval(secs => %(total)s)
    )
    GROUP BY generation.id ORDER BY generation.id LIMIT %(most)s
"""


def give_up() -> int:
    """End parked images whose ten minutes are over, or will be before their provider may be called; how many.

    The ten minutes run from an image's first attempt; for one that had none, from when its turn came or the circuit
    opened, whichever was later. Its credits are given back. Never inside another transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOO_LONG, {"total": TOTAL.total_seconds(), "most": AT_ONCE})
        found = cursor.fetchall()
    this_round = Round()
    return sum(this_round.do(workspace, _end, *ended) for workspace, *ended in found)


def _end(generation_id: uuid.UUID, wanted: list[uuid.UUID]) -> int:
    with transaction.atomic():
        generation = settle.lock(generation_id)
        parked = generation.images.select_for_update(no_key=True).filter(
            pk__in=wanted, status=ImageStatus.WAITING, parked_at__isnull=False
        )
        images = list(parked.order_by("pk"))
        for image in images:
            settle.fail(generation, image, Reason.PROVIDER_BUSY, why=WHY)
        if images:
            settle.close(generation_id)
    return len(images)
