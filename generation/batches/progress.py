"""Progress of batches: rows, images and credits, counted in the database."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from generation.models import Batch, BatchRow, Generation, Image, ImageStatus, Status

WINDOW = timedelta(minutes=2)
"""The period by whose pace the remaining time is estimated."""
LEAST = 3
"""Images in that period without which there is no estimate."""
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
STATES = {
    WAITING: (Status.QUEUED,),
    RUNNING: (Status.RUNNING,),
    DONE: (Status.SUCCEEDED,),
    FAILED: (Status.PARTIAL, Status.FAILED, Status.CANCELED),
}
"""Statuses of a row's newest generation, by the row's state. A partial one can be retried, so it counts as failed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch's figures: rows by state, images, and credits, which add up to the batch's quotes.

    Attributes:
        rows: number of rows by state, as `STATES` names them.
        stored: number of delivered images.
        charged: credits for them.
        held: credits held for what is still to come.
        returned: credits given back.
        seconds: estimate of the remaining time; None if there is none.
    """

    rows: dict[str, int]
    stored: int
    charged: int
    held: int
    returned: int
    seconds: int | None = None

    @property
    def size(self) -> int:
        """The number of ordered rows."""
        return sum(self.rows.values())

    @property
    def ended(self) -> int:
        """The number of rows that have ended."""
        return self.rows[DONE] + self.rows[FAILED]

    @property
    def done(self) -> int:
        """The number of rows that were delivered completely."""
        return self.rows[DONE]

    @property
    def failed(self) -> int:
        """The number of rows that ended without all their images."""
        return self.rows[FAILED]

    @property
    def at_most(self) -> int:
        """The final cost if everything under way is delivered."""
        return self.charged + self.held

    @property
    def minutes(self) -> str:
        """The remaining time in words; empty if there is no estimate."""
        if self.seconds is None:
            return ""
        if self.seconds < 60:  # noqa: PLR2004 -- a minute
            return "less than a minute"
        minutes = -(-self.seconds // 60)
        return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def progress(batch: Batch) -> Progress:
    """Compute the progress of one batch in two queries, whatever its size."""
    made = Image.objects.filter(generation__batch=batch)
    sums = made.aggregate(
        stored=Count("pk", filter=Q(status=ImageStatus.STORED)),
        open=Count("pk", filter=Q(status__in=(ImageStatus.WAITING, ImageStatus.RUNNING))),
        lately=Count("pk", filter=Q(finished_at__gt=Now() - WINDOW)),
        charged=Sum("credits", filter=Q(status=ImageStatus.STORED), default=0),
        held=Sum("credits", filter=Q(status__in=(ImageStatus.WAITING, ImageStatus.RUNNING)), default=0),
        returned=Sum("credits", filter=Q(status=ImageStatus.FAILED), default=0),
    )
    seconds = None
    if batch.status == Batch.Status.RUNNING and batch.started_at and sums["lately"] >= LEAST:
        window = min(WINDOW, timezone.now() - batch.started_at)
        seconds = round(sums["open"] * window.total_seconds() / sums["lately"])
    return Progress(
        rows=counts([batch])[batch.pk],
        stored=sums["stored"],
        charged=sums["charged"],
        held=sums["held"],
        returned=sums["returned"],
        seconds=seconds,
    )


def counts(batches: Sequence[Batch]) -> dict[uuid.UUID, dict[str, int]]:
    """Count the rows of batches by state.

    One query counts those of all batches under way; those that have ended store their figures.
    """
    found: defaultdict[uuid.UUID, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    open_ = [batch.pk for batch in batches if batch.is_under_way]
    for batch in batches:
        if not batch.is_under_way and not batch.is_draft:
            found[batch.pk] |= {FAILED: batch.failed, DONE: batch.size - batch.failed}
    rows = BatchRow.objects.filter(batch__in=open_, generation__isnull=False)
    for row in rows.values("batch_id", "generation__status").annotate(number=Count("pk")) if open_ else ():
        found[row["batch_id"]][state_of(row["generation__status"])] += row["number"]
    return found


def figures(batches: Sequence[Batch]) -> dict[uuid.UUID, dict[str, int]]:
    """Compute the figures of batches that are not stored yet, in two queries at most.

    Returns:
        By batch: the prospective `size`, `images` and `credits` of a draft, `charged` so far of one under way.
    """
    found: dict[uuid.UUID, dict[str, int]] = {}
    drafts = [batch.pk for batch in batches if batch.is_draft]
    ready = BatchRow.objects.filter(batch__in=drafts, error="", is_left_out=False).values("batch_id")
    sums = ready.annotate(size=Count("pk"), images=Sum("count"), credits=Sum("credits"))
    for key in drafts:
        found[key] = {"size": 0, "images": 0, "credits": 0}
    for row in sums if drafts else ():
        found[row["batch_id"]] = {name: row[name] for name in ("size", "images", "credits")}
    open_ = [batch.pk for batch in batches if batch.is_under_way]
    made = Generation.objects.filter(batch__in=open_).values("batch_id").annotate(total=Sum("charged"))
    for one in made if open_ else ():
        found[one["batch_id"]] = {"charged": one["total"]}
    return found


def state_of(status: str) -> str:
    """Return a row's state by its generation's status."""
    return next(state for state, statuses in STATES.items() if status in statuses)
