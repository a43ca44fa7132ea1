"""Checks of an installation, and what they find."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECONDS: Final = 10.0
"""How long a check may take, unless it says otherwise."""


class State(StrEnum):
    """How bad it is: a fault is mended before customers come, a warning is known to who runs it."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "FAULT"
    SKIPPED = "not asked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found.

    Attributes:
        sentence: what is so, on one line.
        cure: what to do about it; empty where there is nothing to do.
    """

    state: State
    sentence: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One question.

    Attributes:
        name: one or two words, the same in every installation.
        ask: answers it; whatever it raises is a fault.
        needs_database: whether there is no answer without the database.
        seconds: how long it may take.
    """

    name: str
    ask: Callable[[], Finding]
    needs_database: bool = False
    seconds: float = SECONDS


def ok(sentence: str) -> Finding:
    """Find nothing wrong."""
    return Finding(State.OK, sentence)


def warning(sentence: str, cure: str) -> Finding:
    """Find something that works, and might not be meant so."""
    return Finding(State.WARNING, sentence, cure)


def fault(sentence: str, cure: str) -> Finding:
    """Find something that does not work."""
    return Finding(State.FAULT, sentence, cure)


def words_of(error: Exception, most: int = 200) -> str:
    """Return what an exception says, on one line and as part of a sentence."""
    return " ".join(str(error).split())[:most].rstrip(" .?!")


def skipped(sentence: str) -> Finding:
    """Find that there is no answer for want of another."""
    return Finding(State.SKIPPED, sentence)
