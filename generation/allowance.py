"""What a provider says of how fast we may call it, in the headers of its answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("requests", "images")
"""OpenAI names both; the tighter one holds (platform.openai.com/docs/guides/rate-limits, "Rate limits in headers")."""
MINUTE = 60.0
_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What may follow a call.

    Attributes:
        per_minute: calls that are let through in a minute; None where it was not said, or is counted over longer.
        pause: seconds, from now on, during which none is let through; 0 where none was asked for.
    """

    per_minute: int | None = None
    pause: float = 0.0


def read(headers: Mapping[str, str], age: float) -> RateLimit:
    """What an answer's headers allow.

    Args:
        headers: with `x-ratelimit-limit-…`, `-remaining-…` and `-reset-…`, where the provider sends such.
        age: seconds since the call was sent, when the provider counted.
    """
    limits, pause = [], 0.0
    for kind in KINDS:
        limit = _count(headers.get(f"x-ratelimit-limit-{kind}"))
        remaining = _count(headers.get(f"x-ratelimit-remaining-{kind}"))
        reset = duration(headers.get(f"x-ratelimit-reset-{kind}", ""))
        if limit and reset <= MINUTE:  # one that takes longer to come back is not counted by the minute
            limits.append(limit)
        if (
            remaining == 0 and limit
        ):  # `reset` is until all of it is back; the next call is let through earlier
            pause = max(pause, min(reset, MINUTE / limit) - age)
    return RateLimit(min(limits, default=None), pause)


def duration(text: str) -> float:
    """Seconds of a duration as Go writes it: `6m0s`, `17ms`, `1.5s`; 0 where it is none."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _PARTS.findall(text))


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None
