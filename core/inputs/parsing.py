"""Bounded parsing of numbers, days, text and JSON from outside: whatever is accepted can be stored.

Python reads more than people write and more than PostgreSQL stores. `int` takes "٣" and "1_000" and gives up
at 4,300 digits, "²" is a digit that it refuses, dates reach to a last day that has no next one, JSON holds
NUL, unpaired surrogates and as many brackets as were sent.
"""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

MOST: Final = 2**31 - 1
"""The maximum of PostgreSQL's integer."""
FAR: Final = 10**18 - 1
"""Safely within its bigint: for moments, and for sequential ids."""
FIRST, LAST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
"""The range of days that may be asked for: months and ids can be computed from each."""
MAX_DEPTH: Final = 32
"""Nesting depth of a JSON document."""
REPLACEMENT_CHARACTER: Final = "\N{REPLACEMENT CHARACTER}"
NO_TEXT: Final = "It contains a character that is not text: NUL, or half of a surrogate pair. Remove it."

TRUE: Final = frozenset({"true", "1", "on", "yes"})
FALSE: Final = frozenset({"false", "0", "off", "no"})
"""What forms and addresses say for yes and no."""

_DIGITS: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NO_FRACTION: Final = re.compile(r"\.0{1,18}\Z", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<time>T[0-9:.]{5,15}(?:Z|[+ -][0-9]{2}:[0-9]{2}))?", re.ASCII
)
_ILLEGIBLE: Final = re.compile("[\0\ud800-\udfff]")


class Unreadable(ValueError):  # noqa: N818 -- a sentence about what came, for whoever sent it
    """The document holds values that can't be stored; the message is for whoever sent it.

    Attributes:
        where: name of the member it is about, with those around it; empty for the whole.
    """

    def __init__(self, sentence: str, where: str = "") -> None:
        super().__init__(sentence)
        self.where = where


def number(text: str, *, least: int = 0, most: int = MOST) -> int | None:
    """Parse a whole number of ASCII digits; None for anything else, and beyond the bounds."""
    if not _DIGITS.fullmatch(text):
        return None
    value = int(text)
    return value if least <= value <= most else None


def integer(value: Any) -> int | None:
    """Return a JSON number that is whole, which 1.0 is, too; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def whole_number(text: str) -> int | None:
    """Parse a form's whole number, which may be written `2.0`; None for anything else, and beyond the bounds."""
    return number(_NO_FRACTION.sub("", text.strip()), least=-FAR, most=FAR)


def flag(text: str) -> bool | None:
    """Parse a form's yes or no; None for anything else."""
    word = text.strip().lower()
    return word in TRUE if word in TRUE | FALSE else None


def day(text: str) -> dt.date | None:
    """Parse `YYYY-MM-DD`; None for anything else, and for a day of another century."""
    if not _DAY.fullmatch(text):
        return None
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def month(text: str) -> dt.date | None:
    """Parse `YYYY-MM` as the first day of the month; None as for `day`."""
    return day(f"{text}-01")


def moment(text: str) -> dt.datetime | None:
    """Parse `YYYY-MM-DD`, its beginning in UTC, or a moment with its offset (ISO 8601); None as for `day`.

    The + of an offset that came in an address as it is was read as a space.
    """
    found = _MOMENT.fullmatch(text)
    if found is None or day(found["day"]) is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(f"{found['day']}{found['time'] or 'T00:00Z'}".replace(" ", "+"))
    except ValueError:
        return None
    return moment.astimezone(dt.UTC)


def is_text(text: str) -> bool:
    """Return whether PostgreSQL takes it for text: no NUL, no unpaired surrogate."""
    return "\0" not in text if text.isascii() else not _ILLEGIBLE.search(text)


def to_valid_text(text: str) -> str:
    """Replace what is not text by U+FFFD, as Django does for bytes that are not UTF-8."""
    return text if is_text(text) else _ILLEGIBLE.sub(REPLACEMENT_CHARACTER, text)


def printable_name(text: str) -> str:
    """Make an arbitrary name safe for an error message: 60 ASCII characters at most."""
    return text[:60].encode("unicode_escape").decode()


def json_document(data: bytes | str) -> Any:
    """Parse a JSON document (RFC 8259: UTF-8, whatever a header says) that PostgreSQL can store.

    Raises:
        Unreadable: it is nested too deep, or holds NUL, an unpaired surrogate or an infinite number.
        ValueError: it is not JSON.
    """
    try:
        value = json.loads(data, parse_constant=_refuse)
    except RecursionError:
        raise _too_deep() from None
    _check(value)
    return value


def _refuse(name: str) -> None:
    raise ValueError(name)


def _too_deep(where: str = "") -> Unreadable:
    return Unreadable(f"Brackets can be nested at most {MAX_DEPTH} deep.", where)


def _check(document: Any) -> None:
    """Check every name and value, without recursion, since depth is one of the things that may be wrong."""
    inside: list[Iterator[tuple[str, Any]]] = [iter([("", document)])]
    while inside:
        for where, value in inside[-1]:
            if isinstance(value, str) and not is_text(value):
                raise Unreadable(NO_TEXT, where)
            if isinstance(value, float) and not math.isfinite(value):
                raise Unreadable("That number is too large.", where)
            if isinstance(value, dict | list):
                if len(inside) > MAX_DEPTH:
                    raise _too_deep(where)
                inside.append(_members(where, value))
                break
        else:
            inside.pop()


def _members(where: str, value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from ((where, one) for one in value)
        return
    for name, one in value.items():
        path = f"{where}.{name}" if where else name
        if not is_text(name):
            raise Unreadable(NO_TEXT, path)
        yield path, one
