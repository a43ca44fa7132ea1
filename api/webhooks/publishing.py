"""Events, noted in the transaction that makes them true, with a delivery for each endpoint that is told."""

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection

from api.models import EventType
from core import jobs

DELIVER: Final = "api.tasks.deliver"
AT_ONCE: Final = 4
"""Requests under way to one endpoint, in all workers."""
PAUSES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 60, 600, 3600, 3 * 3600, 8 * 3600, 16 * 3600)
)
"""Pauses between tries: eight tries in 28 hours."""
JITTER: Final = 0.1
ENDS_AFTER: Final = sum(PAUSES, timedelta()) * (1 + JITTER)
"""When a delivery is given up even if fewer tries were made, because others of its endpoint came first."""
_PUBLISH: Final = (Path(__file__).parents[1] / "sql" / "publish_events.sql").read_text(encoding="utf-8")


def publish(
    workspace: uuid.UUID,
    event: EventType,
    subjects: Sequence[uuid.UUID],
    *,
    is_test: bool = False,
    facts: Mapping[str, Any] | None = None,
    endpoint: uuid.UUID | None = None,
) -> list[uuid.UUID]:
    """Note that something happened, for all that it happened to; call it last in its transaction.

    Args:
        workspace: where it happened.
        event: what happened.
        subjects: ids of what it happened to, an event for each.
        is_test: whether test tokens did it, so that endpoints of the test mode are told.
        facts: what can't be read from the subjects later on.
        endpoint: the only endpoint to be told, whatever it asked for.

    Returns:
        The ids of the deliveries.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PUBLISH,
            {
                "workspace": workspace,
                "type": event.value,
                "subjects": list(subjects),
                "is_test": is_test,
                "facts": json.dumps(facts or {}),
                "endpoint": endpoint,
                "seconds": ENDS_AFTER.total_seconds(),
            },
        )
        made: list[tuple[uuid.UUID, uuid.UUID]] = cursor.fetchall()
    told = Counter(to for _, to in made)
    jobs.defer_all(
        DELIVER,
        # The first job of each endpoint comes before the second of any.
        [arguments(workspace, one) for lane in range(AT_ONCE) for one, count in told.items() if lane < count],
    )
    return [delivery for delivery, _ in made]


def defer(workspace: uuid.UUID, endpoint: uuid.UUID) -> None:
    """Queue a job that sends what is due to an endpoint."""
    jobs.defer(DELIVER, **arguments(workspace, endpoint))


def arguments(workspace: uuid.UUID, endpoint: uuid.UUID) -> dict[str, str]:
    """Return the arguments of such a job."""
    return {"workspace_id": str(workspace), "endpoint_id": str(endpoint)}
