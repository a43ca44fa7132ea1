"""What one may ask a gallery for."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict

from accounts import reading

LONGEST = 500
SHAPES = {"wide": "Landscape", "tall": "Portrait", "square": "Square"}


@dataclass(frozen=True, slots=True)
class Filters:
    """A reader's wishes; the empty ones leave everything in.

    Attributes:
        words: of the prompt, all of them; the last may be only begun.
        model: slug of the model that made it.
        shape: one of `SHAPES`.
        favourites: only what the reader has starred.
        since: first day, UTC.
        until: last day, UTC.
    """

    words: str = ""
    model: str = ""
    shape: str = ""
    favourites: bool = False
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """The filters of an address; nonsense in it is left out, as a link may be old."""
        shape = query.get("shape", "")
        since, until = (reading.day(query.get(name, "")) for name in ("since", "until"))
        if "dates" in query:  # one of the menu's spans, which is said instead of the two days beside it
            since, until = reading.day(query.get("dates", "")), None
        return cls(
            words=query.get("q", "").strip()[:LONGEST],
            model=query.get("model", "")[:60],
            shape=shape if shape in SHAPES else "",
            favourites=query.get("favourites", "") == "1",
            since=since,
            until=until,
        )

    def __bool__(self) -> bool:
        return self != Filters()

    def query(self, **more: Any) -> str:
        """The address's query that says the same, with `more` beside it; "" where there is nothing to say."""
        said = {
            "q": self.words,
            "model": self.model,
            "shape": self.shape,
            "favourites": "1" if self.favourites else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            **more,
        }
        said = {name: value for name, value in said.items() if value}
        return f"?{urlencode(said)}" if said else ""
