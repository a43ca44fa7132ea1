"""Rows of a started batch as its grid shows them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Prefetch, Q, QuerySet

from generation.batches.progress import STATES, state_of
from generation.models import Batch, BatchRow, Generation, Image, ImageStatus
from generation.studio.frames import Frame

PAGE = 96


@dataclass(frozen=True)
class Tile:
    """A row with its newest generation and all images that were made for it."""

    row: BatchRow

    @property
    def state(self) -> str:
        """The state of the row: waiting, running, done or failed."""
        assert self.row.generation is not None, "only rows that were ordered have a tile"
        return state_of(self.row.generation.status)

    @cached_property
    def shots(self) -> list[Frame]:
        """The images that were delivered for it, over all rounds."""
        return [
            Frame(image, generation)
            for generation in self.row.generations.all()
            for image in generation.images.all()
            if image.status == ImageStatus.STORED and not image.deleted_at
        ]

    @property
    def shot(self) -> Frame | None:
        """The image that represents it."""
        return self.shots[0] if self.shots else None

    @property
    def width(self) -> int:
        """Width in pixels as ordered; 1 if the model chooses."""
        return (self.row.generation.width if self.row.generation else None) or 1

    @property
    def height(self) -> int:
        """Height in pixels as ordered; 1 if the model chooses."""
        return (self.row.generation.height if self.row.generation else None) or 1

    @property
    def title(self) -> str:
        """Name of the row, or else its prompt."""
        return self.row.name or self.row.prompt

    @property
    def refused(self) -> Frame | None:
        """An image that failed, with its reason."""
        made = self.row.generation
        failed = [image for image in made.images.all() if image.status == ImageStatus.FAILED] if made else []
        return Frame(failed[0], made) if made and failed else None

    @property
    def missing(self) -> int:
        """Number of images that were ordered and not delivered."""
        return max(0, self.row.count - len(self.shots))


def tiles(batch: Batch, *, state: str = "", after: int = 0) -> tuple[list[Tile], int]:
    """Return a page of a batch's rows.

    Args:
        batch: one that was started.
        state: only rows in this state.
        after: the position of the last row of the previous page.

    Returns:
        The rows, and the position to continue after; 0 at the end.
    """
    found = rows(batch)
    if state in STATES:
        found = found.filter(generation__status__in=STATES[state])
    page = list(found.filter(position__gt=after)[: PAGE + 1])
    return [Tile(row) for row in page[:PAGE]], page[PAGE - 1].position if len(page) > PAGE else 0


def changed(batch: Batch, since: datetime) -> list[Tile]:
    """Return the rows that changed since a moment, at most a page of them."""
    newer = (
        Q(generation__started_at__gt=since)
        | Q(generation__finished_at__gt=since)
        | Q(generation__created_at__gt=since)
    )
    return [Tile(row) for row in rows(batch).filter(newer)[:PAGE]]


def rows(batch: Batch) -> QuerySet[BatchRow]:
    """Return the ordered rows with all that a tile shows, in three queries, however many they are."""
    images = Prefetch("images", queryset=Image.objects.order_by("index"))
    made = Generation.objects.select_related("model__provider", "style_version", "appeal").prefetch_related(
        images
    )
    return (
        batch.rows.filter(generation__isnull=False)
        .prefetch_related(Prefetch("generation", made), Prefetch("generations", made.order_by("pk")))
        .order_by("position")
    )
