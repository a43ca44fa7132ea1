"""Lists of the API: pages by key, with a cursor that names the last row of the page before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.signing import BadSignature, Signer
from django.db.models import Model, QuerySet

from api.requests import ApiRequest
from core import ids
from core.database import keyset
from core.errors import Refusal
from core.inputs import parsing

DEFAULT, MOST = 20, 100
PREFIX: Final = "cur"


class CursorInvalid(Refusal):
    """The cursor is not one that a page of this list returned."""

    code = "invalid_cursor"


class LimitInvalid(Refusal):
    """The page size is not a number from 1 to 100."""

    code = "invalid_limit"


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Some rows in the list's order, and where the next ones begin if more follow."""

    rows: Sequence[Row]
    next_cursor: str | None

    def body(self, data: Any) -> dict[str, Any]:
        """Wrap the rows' representations in the envelope of a list."""
        return {"data": data, "next_cursor": self.next_cursor, "has_more": self.next_cursor is not None}


def page_of[Row: Model](rows: QuerySet[Row], request: ApiRequest) -> Page[Row]:
    """Return the page that `?cursor=` and `?limit=` (1 to 100, 20 by default) ask for, newest first.

    Rows have UUIDv7 keys, which sort by creation time; the cursor names the last row of a page.

    Raises:
        CursorInvalid: the cursor is not one of this list.
        LimitInvalid: the limit is not a number from 1 to 100.
    """
    size, place = read_limit(request, DEFAULT), read_cursor(request)
    after = None if place is None else ids.parse(PREFIX, f"{PREFIX}_{place}")
    page = keyset.page(rows.order_by(*(rows.query.order_by or ("-pk",))), size, after=after)
    last = ids.public(PREFIX, page.last.pk).removeprefix(f"{PREFIX}_") if page.last else None
    return Page(page.rows, make_cursor(request, last))


def page_of_few[Row](rows: Sequence[Row], request: ApiRequest, key: Callable[[Row], str]) -> Page[Row]:
    """Return the page of a list that is at hand as a whole, in its own order; all of it by default.

    Raises:
        CursorInvalid: the cursor is not one of this list, or its row is gone.
        LimitInvalid: the limit is not a number from 1 to 100.
    """
    size, place = read_limit(request, MOST), read_cursor(request)
    start = 0
    if place is not None:
        keys = [key(row) for row in rows]
        if place not in keys:
            raise _invalid()
        start = keys.index(place) + 1
    page = keyset.cut(rows[start:], size)
    return Page(page.rows, make_cursor(request, key(page.last) if page.last else None))


def make_cursor(request: ApiRequest, place: str | None) -> str | None:
    """Return the cursor for the rows behind `place`, for this list and workspace alone; None for None."""
    return None if place is None else _signer(request).sign(f"{PREFIX}_{place}")


def read_cursor(request: ApiRequest, name: str = "cursor") -> str | None:
    """Return the place behind which the page begins; None for the first page.

    Raises:
        CursorInvalid: it is not a cursor that this list has returned.
    """
    cursor = request.query_params.get(name)
    if cursor is None:
        return None
    try:
        return _signer(request).unsign(cursor).removeprefix(f"{PREFIX}_")
    except BadSignature:
        raise _invalid(name) from None


def read_limit(request: ApiRequest, default: int) -> int:
    """Return how many rows the page may have.

    Raises:
        LimitInvalid: the limit is not a number from 1 to 100.
    """
    text = request.query_params.get("limit")
    if text is None:
        return default
    size = parsing.number(text, least=1, most=MOST)
    if size is None:
        raise LimitInvalid(f"limit must be a number from 1 to {MOST}. Nothing was charged.", param="limit")
    return size


def _invalid(name: str = "cursor") -> CursorInvalid:
    return CursorInvalid(
        "This cursor is not one of this list. Send next_cursor of the previous page as it is, to the same address.",
        param=name,
    )


def _signer(request: ApiRequest) -> Signer:
    return Signer(sep=".", salt=f"{__name__}:{request.path}:{request.workspace.pk}")
