"""How batches stand: rows, images and credits, counted in the database."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, Sum
from django.utils import timezone

from generation.models import Batch, BatchRow, Generation, Image, ImageStatus, Status

WINDOW = timedelta(minutes=2)
"""From how far back the pace is taken that says how long the rest will take."""
LEAST = 3
"""Images after which there is a pace."""
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
STATES = {
    WAITING: (Status.QUEUED,),
    RUNNING: (Status.RUNNING,),
    DONE: (Status.SUCCEEDED,),
    FAILED: (Status.PARTIAL, Status.FAILED, Status.CANCELED),
}
"""A row's state by its newest generation's status. What is partly done is for a retry, so it counts as failed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch's figures: rows by state, images, and credits, which add up to the batch's quotes.

    Attributes:
        rows: how many by state; `STATES` names them.
        stored: images delivered.
        charged: credits for them.
        held: credits set aside for what is still to come.
        returned: credits given back.
        seconds: about how long the rest will take; None where nobody can say.
    """

    rows: dict[str, int]
    stored: int
    charged: int
    held: int
    returned: int
    seconds: int | None = None

    @property
    def size(self) -> int:
        """All rows that were ordered."""
        return sum(self.rows.values())

    @property
    def ended(self) -> int:
        """Rows that are decided."""
        return self.rows[DONE] + self.rows[FAILED]

    @property
    def done(self) -> int:
        """Rows that were delivered whole."""
        return self.rows[DONE]

    @property
    def failed(self) -> int:
        """Rows that were not."""
        return self.rows[FAILED]

    @property
    def at_most(self) -> int:
        """What it will have cost if all that is under way is delivered."""
        return self.charged + self.held

    @property
    def minutes(self) -> str:
        """The rest of the time in words."""
        if self.seconds is None:
            return ""
        if self.seconds < 60:  # noqa: PLR2004 -- a minute
            return "less than a minute"
        minutes = -(-self.seconds // 60)
        return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def progress(batch: Batch) -> Progress:
    """How one batch stands: two queries, whatever its size."""
    made = Image.objects.filter(generation__batch=batch)
    since = timezone.now() - WINDOW
    sums = made.aggregate(
        stored=Count("pk", filter=Q(status=ImageStatus.STORED)),
        open=Count("pk", filter=Q(status__in=(ImageStatus.WAITING, ImageStatus.RUNNING))),
        lately=Count("pk", filter=Q(finished_at__gt=since)),
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
    """Rows by state for batches: one query for all that are under way; those that have ended know it themselves."""
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
    """Count what the rows of batches don't say themselves, in two queries at most.

    Returns:
        By batch: `size`, `images` and `credits` of a draft as they would be, `charged` so far of one under way.
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
