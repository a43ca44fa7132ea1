"""Words from outside as numbers, days, text and JSON, all of them bounded: whatever is read here, the rest can hold.

Python reads more than people write and more than PostgreSQL keeps. `int` takes "٣" and "1_000" and gives up at 4,300
digits, "²" is a digit that it refuses, dates reach to the last day that there is, whose morrow there is not, JSON holds
NUL, halves of surrogate pairs and as many brackets as were sent.
"""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

MOST: Final = 2**31 - 1
"""What PostgreSQL's integer holds."""
FAR: Final = 10**18 - 1
"""What its bigint holds in any case: for moments, and for ids that are counted."""
FIRST, LAST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
"""Days that may be asked for: months and ids can be counted from each."""
DEEPEST: Final = 32
"""Brackets within brackets of a JSON document."""
INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"
NO_TEXT: Final = "A character in it is no text: NUL, or half of a surrogate pair. Remove it."

_DIGITS: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ILLEGIBLE: Final = re.compile("[\0\ud800-\udfff]")


class Unreadable(ValueError):  # noqa: N818 -- a sentence about what came, for whoever sent it
    """A document holds what nothing here could keep; the words are for whoever sent it.

    Attributes:
        where: name of the member it is about, with those around it; empty for the whole.
    """

    def __init__(self, sentence: str, where: str = "") -> None:
        super().__init__(sentence)
        self.where = where


def number(text: str, *, least: int = 0, most: int = MOST) -> int | None:
    """The whole number that ASCII digits say; None for anything else, and beyond the bounds."""
    if not _DIGITS.fullmatch(text):
        return None
    value = int(text)
    return value if least <= value <= most else None


def day(text: str) -> dt.date | None:
    """The day that `YYYY-MM-DD` says; None for anything else, and for one of another century."""
    if not _DAY.fullmatch(text):
        return None
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def month(text: str) -> dt.date | None:
    """The first day of the month that `YYYY-MM` says; None as for `day`."""
    return day(f"{text}-01")


def is_text(text: str) -> bool:
    """Whether PostgreSQL takes it for text: no NUL, no half of a surrogate pair."""
    return "\0" not in text if text.isascii() else not _ILLEGIBLE.search(text)


def legible(text: str) -> str:
    """The same with U+FFFD for what is no text, as Django has it for bytes that are no UTF-8."""
    return text if is_text(text) else _ILLEGIBLE.sub(INSTEAD, text)


def shown(text: str) -> str:
    """A name that may be anything, for a sentence about it: 60 ASCII characters at most."""
    return text[:60].encode("unicode_escape").decode()


def document(data: bytes | str) -> Any:
    """The value of a JSON document (RFC 8259: UTF-8, whatever a header says) that PostgreSQL can keep.

    Raises:
        Unreadable: it is nested too deep, or holds NUL, half a character or a number without end.
        ValueError: it is no JSON.
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
    return Unreadable(f"Brackets within brackets go {DEEPEST} deep at most.", where)


def _check(document: Any) -> None:
    """Look at every name and value, without recursion, since depth is one of the things that may be wrong."""
    inside: list[Iterator[tuple[str, Any]]] = [iter([("", document)])]
    while inside:
        for where, value in inside[-1]:
            if isinstance(value, str) and not is_text(value):
                raise Unreadable(NO_TEXT, where)
            if isinstance(value, float) and not math.isfinite(value):
                raise Unreadable("That number is too large.", where)
            if isinstance(value, dict | list):
                if len(inside) > DEEPEST:
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
