"""Lists of the API: pages by key, with a cursor that names the last row of the page before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from api.requests import ApiRequest
from core import ids
from core.database import keyset
from core.errors import Refusal
from core.inputs import parsing

DEFAULT, MOST = 20, 100
PREFIX = "cur"


class CursorInvalid(Refusal):
    """The cursor is not one that a page returned."""

    code = "invalid_cursor"


class LimitInvalid(Refusal):
    """The page size is not a number from 1 to 100."""

    code = "invalid_limit"


@dataclass(frozen=True, slots=True)
class Page[Row: Model]:
    """Some rows, newest first, and whether more follow."""

    rows: Sequence[Row]
    next_cursor: str | None

    def body(self, data: Any) -> dict[str, Any]:
        """Wrap the rows' representations in the envelope of a list."""
        return {"data": data, "next_cursor": self.next_cursor, "has_more": self.next_cursor is not None}


def page_of[Row: Model](rows: QuerySet[Row], request: ApiRequest) -> Page[Row]:
    """Return the page that `?cursor=` and `?limit=` (1 to 100, 20 by default) ask for, newest first.

    Rows have UUIDv7 keys, which sort by creation time; the cursor names the last row of a page.

    Raises:
        CursorInvalid: the cursor is not one of ours.
        LimitInvalid: the limit is not a number from 1 to 100.
    """
    size = _size(request.query_params.get("limit"))
    cursor = request.query_params.get("cursor")
    after = ids.parse(PREFIX, cursor) if cursor else None
    if cursor and after is None:
        raise CursorInvalid(
            "This cursor is not valid. Send next_cursor of the previous page as it is.", param="cursor"
        )
    page = keyset.page(rows.order_by(*(rows.query.order_by or ("-pk",))), size, after=after)
    return Page(page.rows, ids.public(PREFIX, page.last.pk) if page.last else None)


def single_page(data: Any) -> dict[str, Any]:
    """Wrap a list that is never long enough for pages in the same envelope."""
    return {"data": data, "next_cursor": None, "has_more": False}


def _size(text: str | None) -> int:
    if text is None:
        return DEFAULT
    size = parsing.number(text, least=1, most=MOST)
    if size is None:
        raise LimitInvalid(f"limit must be a number from 1 to {MOST}.", param="limit")
    return size
