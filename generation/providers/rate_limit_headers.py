"""Rate limits that a provider reports in the headers of its answers."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.utils import timezone

KINDS = ("requests", "images")
"""OpenAI reports both; the tighter one applies (platform.openai.com/docs/guides/rate-limits, "Rate limits in headers")."""
MINUTE = 60.0
_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The rate limit after a call.

    Attributes:
        per_minute: calls allowed per minute; None if it was not reported, or is counted over a longer time.
        pause: seconds, from now on, during which no call is allowed; 0 if none was asked for.
    """

    per_minute: int | None = None
    pause: float = 0.0


def read(headers: Mapping[str, str], age: float) -> RateLimit:
    """Read the rate limit from an answer's headers.

    Args:
        headers: with `x-ratelimit-limit-…`, `-remaining-…` and `-reset-…`, if the provider sends them.
        age: seconds since the call was sent, which is when the provider counted.
    """
    limits, pause = [], 0.0
    for kind in KINDS:
        limit = _count(headers.get(f"x-ratelimit-limit-{kind}"))
        remaining = _count(headers.get(f"x-ratelimit-remaining-{kind}"))
        reset = duration(headers.get(f"x-ratelimit-reset-{kind}", ""))
        # A limit that takes longer to reset is not counted by the minute.
        if limit and reset <= MINUTE:
            limits.append(limit)
        # `reset` is until all of it is back; the next call is allowed earlier.
        if remaining == 0 and limit:
            pause = max(pause, min(reset, MINUTE / limit) - age)
    return RateLimit(min(limits, default=None), pause)


def duration(text: str) -> float:
    """Parse a duration as Go writes it (`6m0s`, `17ms`, `1.5s`) into seconds; 0 if it is none."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _PARTS.findall(text))


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None


def seconds(headers: Mapping[str, str]) -> float | None:
    """Parse `retry-after-ms` or `Retry-After` (RFC 9110, section 10.2.3).

    Returns:
        Seconds, 0 or more; None if there is neither, or if it makes no sense.
    """
    try:
        if text := headers.get("retry-after-ms"):
            return _finite(float(text) / 1000)
        text = headers.get("retry-after") or ""
        if not text:
            return None
        if text.strip()[:1] in "+-0123456789.":
            return _finite(float(text))
        moment: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - timezone.now()).total_seconds())


def _finite(value: float) -> float | None:
    return max(0.0, value) if math.isfinite(value) else None
