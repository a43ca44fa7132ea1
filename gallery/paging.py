"""Pagination by key: a page starts after an id, so the thousandth costs as much as the first."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from generation.models import Image

PAGE = 48


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, newest first."""

    items: list[Image]
    has_more: bool

    @property
    def last(self) -> UUID | None:
        """The id after which the next page starts; None at the end."""
        return self.items[-1].pk if self.has_more else None


def page(
    images: QuerySet[Image], after: UUID | None = None, limit: int = PAGE, *, start: UUID | None = None
) -> Page:
    """Return the `limit` images after image `after`, or from `start` on; neither needs to exist any more."""
    if after:
        images = images.filter(pk__lt=after)
    elif start:
        images = images.filter(pk__lte=start)
    items = list(images[: limit + 1])
    return Page(items[:limit], has_more=len(items) > limit)


def newer(images: QuerySet[Image], than: UUID, limit: int = PAGE) -> Page:
    """Return the `limit` images just before `than`, newest first; `has_more` tells of still newer ones."""
    items = list(images.filter(pk__gt=than).reverse()[: limit + 1])
    return Page(items[:limit][::-1], has_more=len(items) > limit)
