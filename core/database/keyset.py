"""Keyset pagination: the thousandth page costs as much as the first, and nothing is counted.

A page begins behind the last row of the page before, which need not exist any more. One row more than a page shows is
read, and tells whether there is another page. Keys are UUIDv7, so the order of keys is the order of time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.db.models import Model, QuerySet


@dataclass(frozen=True, slots=True)
class KeysetPage[Row]:
    """A part of a list.

    Attributes:
        rows: in the list's order.
        has_more: whether the list goes on behind them.
    """

    rows: Sequence[Row]
    has_more: bool

    @property
    def last(self) -> Row | None:
        """The row that the next page begins behind; None on the last page."""
        return self.rows[-1] if self.has_more else None


class Sliceable[Row](Protocol):
    """A queryset, or rows that were read already."""

    def __getitem__(self, span: slice, /) -> Iterable[Row]: ...


def cut[Row](rows: Sliceable[Row], size: int) -> KeysetPage[Row]:
    """Take the first page of a list, which itself says where it begins.

    Args:
        rows: the list; of a sequence the caller has read at least `size + 1` rows, if there are as many.
        size: rows of a page.
    """
    found = list(rows[: size + 1])
    return KeysetPage(found[:size], has_more=len(found) > size)


def page[Row: Model](
    rows: QuerySet[Row], size: int, *, after: UUID | None = None, start: UUID | None = None
) -> KeysetPage[Row]:
    """Take a page of a list that has the newest first.

    Args:
        rows: in descending order of their keys.
        size: rows of a page.
        after: key of the last row of the page before.
        start: key to begin at, itself included, if there is no `after`.
    """
    if after:
        rows = rows.filter(pk__lt=after)
    elif start:
        rows = rows.filter(pk__lte=start)
    return cut(rows, size)


def before[Row: Model](rows: QuerySet[Row], size: int, key: UUID) -> KeysetPage[Row]:
    """Take the page that ends just before a key, newest first; `has_more` tells of still newer rows.

    Args:
        rows: in descending order of their keys.
        size: rows of a page.
        key: of the first row of the page behind it.
    """
    found = cut(rows.filter(pk__gt=key).reverse(), size)
    return KeysetPage(found.rows[::-1], has_more=found.has_more)


def pages[Row: Model](rows: QuerySet[Row], size: int) -> Iterator[Sequence[Row]]:
    """Read a whole list page by page, newest first, each page by a query of its own."""
    found = page(rows, size)
    while found.rows:
        yield found.rows
        if found.last is None:
            return
        found = page(rows, size, after=found.last.pk)
