"""Filters of a gallery."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict

from core.inputs import parsing

MAX_QUERY_LENGTH = 500
SHAPES = {"wide": "Landscape", "tall": "Portrait", "square": "Square"}


@dataclass(frozen=True, slots=True)
class Filters:
    """A reader's filters; empty ones exclude nothing.

    Attributes:
        words: of the prompt, all of them; each may be a part of one.
        model: slug of the model that made it.
        shape: one of `SHAPES`.
        favorites: only what the reader has starred.
        since: first day, in the reader's time zone.
        until: last day, likewise.
    """

    words: str = ""
    model: str = ""
    shape: str = ""
    favorites: bool = False
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read the filters of an address; nonsense in it is ignored, as a link may be old."""
        shape = query.get("shape", "")
        since, until = (parsing.day(query.get(name, "")) for name in ("since", "until"))
        # One of the menu's spans, which overrides the two days next to it.
        if "dates" in query:
            since, until = parsing.day(query.get("dates", "")), None
        return cls(
            words=query.get("q", "").strip()[:MAX_QUERY_LENGTH],
            model=query.get("model", "")[:60],
            shape=shape if shape in SHAPES else "",
            # Older links spell it the British way.
            favorites="1" in (query.get("favorites"), query.get("favourites")),
            since=since,
            until=until,
        )

    def __bool__(self) -> bool:
        return self != Filters()

    def query(self, **more: Any) -> str:
        """Build the query string for the same filters, with `more` added; "" if it is empty."""
        said = {
            "q": self.words,
            "model": self.model,
            "shape": self.shape,
            "favorites": "1" if self.favorites else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            **more,
        }
        said = {name: value for name, value in said.items() if value}
        return f"?{urlencode(said)}" if said else ""
