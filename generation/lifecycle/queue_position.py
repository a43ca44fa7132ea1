"""Positions of waiting images in the queue, and estimates of when they are done."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import Workspace
from generation.catalog import cache
from generation.catalog.cache import Catalog
from generation.models import Batch, Generation, ImageModel, Status

MINUTE = 60
FEW = 10
STEP = 5
TEENS = (11, 12, 13)
IS_DOWN = "Waiting for its provider, which is failing"
HAS_FAILED = "The last call failed; trying again"
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
# Within a workspace, waiting images that are already in flight come first, then those not yet dispatched, a batch's
# last. An image parked at its provider also stands behind the parked images of other workspaces with less load.
_POSITIONS = """
    WITH flight AS (
        SELECT id, generation_id, lane, parked_at, status, tries FROM generation_image
        WHERE workspace_id = %(workspace)s AND dispatched_at IS NOT NULL AND status IN ('waiting', 'running')
    ), line AS (
        SELECT id, generation_id, parked_at, tries, 0 AS part, lane::integer AS turn FROM flight WHERE status = 'waiting'
        UNION ALL
        SELECT id, generation_id, NULL, tries, 1, turn::integer FROM generation_image
        WHERE workspace_id = %(workspace)s AND dispatched_at IS NULL AND status = 'waiting' AND turn IS NOT NULL
    ), placed AS (
        SELECT *, row_number() OVER (ORDER BY part, turn, id) AS place FROM line
    ), mine AS (
        SELECT generation_id, min(place) AS first, max(place) AS last, max(tries) AS tries,
               (array_agg(id ORDER BY place))[1] AS id, (array_agg(turn ORDER BY place))[1] AS lane,
               (array_agg(parked_at ORDER BY place))[1] AS parked_at
        FROM placed WHERE generation_id = ANY(%(wanted)s) GROUP BY generation_id
    )
    SELECT mine.generation_id, generation.model_id, generation.is_test, mine.first, mine.last, mine.tries,
           cardinality(generation."references"), (SELECT count(*) FROM flight WHERE status = 'running'),
           CASE WHEN mine.parked_at IS NULL THEN 0 ELSE (
               SELECT count(*) FROM generation_image AS other
               WHERE other.parked_at IS NOT NULL AND other.provider_id = model.provider_id
                   AND other.workspace_id <> %(workspace)s
                   AND (other.lane, other.id) < (mine.lane, mine.id)
           ) END
    FROM mine JOIN generation_generation AS generation ON generation.id = mine.generation_id
    JOIN generation_imagemodel AS model ON model.slug = generation.model_id
"""


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """A generation's position in the queue.

    Attributes:
        position: that of its next image; 1 is next.
        seconds: estimate until all its images are done; None if there is none.
        delay: why it waits although its turn may have come, in words; empty if it only waits for its turn.
    """

    position: int
    seconds: int | None
    delay: str = ""

    @property
    def words(self) -> str:
        """The position in words: `3rd in line, about 40 s`."""
        if self.delay:
            return self.delay
        words = "Next in line" if self.position == 1 else f"{ordinal(self.position)} in line"
        return f"{words}, {approximate_time(self.seconds)}" if self.seconds is not None else words


@dataclass(frozen=True, slots=True)
class _Line:
    """Images in the queue up to a generation's last one.

    Attributes:
        last: place of that one among its workspace's.
        running: its workspace's images that are being made.
        elsewhere: images of other workspaces before it.
        references: those of each of its images.
    """

    last: int
    running: int
    elsewhere: int
    references: int

    @property
    def all(self) -> int:
        return self.last + self.elsewhere


def positions(workspace: Workspace, wanted: Iterable[uuid.UUID]) -> dict[uuid.UUID, QueuePosition]:
    """Return the positions of a workspace's waiting generations by id, in one query for all of them."""
    keys = list(wanted)
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_POSITIONS, {"workspace": workspace.pk, "wanted": keys})
        rows: list[Any] = cursor.fetchall()
    known = cache.load() if rows else None
    found = {}
    for key, slug, is_test, first, last, tries, references, running, elsewhere in rows:
        assert known, "there are rows"
        model = known.models[slug]
        is_down = not is_test and model.provider_id in known.circuits
        delay = IS_DOWN if is_down else HAS_FAILED if tries else ""
        line = _Line(last, running, elsewhere, references)
        seconds = None if delay else _seconds(known, model, line)
        found[key] = QueuePosition(first + elsewhere, seconds, delay)
    return found


def position_of(generation: Generation) -> QueuePosition | None:
    """Return the position of one generation; None if it is not waiting."""
    if generation.is_finished:
        return None
    return positions(generation.workspace, [generation.pk]).get(generation.pk)


def position_of_batch(batch: Batch) -> QueuePosition | None:
    """Return the position of a batch: that of its next image, and the time until its last."""
    if not batch.is_under_way:
        return None
    open_ = batch.generations.filter(status__in=(Status.QUEUED, Status.RUNNING)).values_list("pk", flat=True)
    found = positions(batch.workspace, open_).values()
    if not found:
        return None
    seconds = [one.seconds for one in found]
    return QueuePosition(
        min(one.position for one in found),
        None if None in seconds else max(one for one in seconds if one is not None),
        min(one.delay for one in found),
    )


def _seconds(known: Catalog, model: ImageModel, line: "_Line") -> int | None:
    """Estimate from the duration of recent calls, the workspace's concurrency and the provider's limits."""
    takes = known.health(model).seconds
    if takes is None:
        return None
    # Whole rounds: calls that began together end together, so the first in the queue waits for a whole one.
    rounds = -(-line.last // max(1, line.running))
    ahead = rounds * takes + line.elsewhere * takes / max(1, model.provider.max_in_flight)
    pauses = [0.0]
    if pace := known.paces.get((model.provider_id, model.limited_as)):
        limits = ((1, pace.per_minute), (line.references, pace.input_images_per_minute))
        ahead = max(ahead, *(weight * line.all * MINUTE / limit if limit else 0 for weight, limit in limits))
        asked = (pace.paused_until, pace.input_images_paused_until if line.references else None)
        pauses += [(until - known.now()).total_seconds() for until in asked if until]
    return max(1, round(max(pauses) + ahead + takes))


def ordinal(number: int) -> str:
    """Return an ordinal: 2nd, 3rd, 11th."""
    ending = "th" if number % 100 in TEENS else _ENDINGS.get(number % 10, "th")
    return f"{number:,}{ending}"


def approximate_time(seconds: int) -> str:
    """Return a duration as people say it: `a few seconds`, `about 40 s`, `about 3 min`."""
    if seconds < FEW:
        return "a few seconds"
    if seconds < MINUTE:
        return f"about {STEP * round(seconds / STEP)} s"
    return f"about {round(seconds / MINUTE)} min"
