"""Rate limits that a provider reports in the headers of its answers, or in the words of a refusal."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.utils import timezone

INPUT_IMAGES = "input-images"
KINDS = ("requests", "images")
"""OpenAI reports both; the tighter one applies (platform.openai.com/docs/guides/rate-limits, "Rate limits in headers")."""
MINUTE = 60.0
MOST = 1_000_000
"""A limit above this is none."""
_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_STATED = re.compile(
    r"on (?P<kind>[a-z-]+) per min[^:]*: Limit (?P<limit>\d{1,12})(?:, Used \d+)?, Requested (?P<requested>\d{1,12})"
    r"(?:\. Please try again in (?P<wait>[\dhms.]*[hms]))?",
    re.ASCII,
)
"""How OpenAI words a 429: "for limit gpt-image in organization org-... on input-images per min: Limit 5, Requested 3"."""
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The rate limits after a call.

    Attributes:
        per_minute: calls allowed per minute; None if it was not reported, or is counted over a longer time.
        pause: seconds, from now on, during which no call is allowed; 0 if none was asked for.
        input_images_per_minute, input_images_pause: the same for references of calls.
        is_by_references: whether the call was refused for its references, so that those without may go on.
    """

    per_minute: int | None = None
    pause: float = 0.0
    input_images_per_minute: int | None = None
    input_images_pause: float = 0.0
    is_by_references: bool = False


@dataclass(frozen=True, slots=True)
class StatedLimit:
    """What a refusal says of the limit that it is for.

    Attributes:
        kind: what is counted, as in the headers.
        per_minute: how many are allowed.
        requested: how many the refused call wanted.
        wait: seconds after which to try again; None if it does not say.
    """

    kind: str
    per_minute: int
    requested: int
    wait: float | None

    @property
    def is_hopeless(self) -> bool:
        """Whether the call wants more than a whole minute allows."""
        return self.requested > self.per_minute


def read(headers: Mapping[str, str], age: float) -> RateLimit:
    """Read the rate limit from an answer's headers.

    Args:
        headers: with `x-ratelimit-limit-…`, `-remaining-…` and `-reset-…`, if the provider sends them.
        age: seconds since the call was sent, which is when the provider counted.
    """
    calls = [_read(headers, kind, age) for kind in KINDS]
    limits = [limit for limit, _ in calls if limit is not None]
    return RateLimit(
        min(limits, default=None), max(pause for _, pause in calls), *_read(headers, INPUT_IMAGES, age)
    )


def _read(headers: Mapping[str, str], kind: str, age: float) -> tuple[int | None, float]:
    limit = _count(headers.get(f"x-ratelimit-limit-{kind}"))
    remaining = _count(headers.get(f"x-ratelimit-remaining-{kind}"))
    reset = duration(headers.get(f"x-ratelimit-reset-{kind}", ""))
    # `reset` is until all of it is back; the next call is allowed earlier.
    pause = max(0.0, min(reset, MINUTE / limit) - age) if remaining == 0 and limit else 0.0
    # A limit that takes longer to reset is not counted by the minute.
    return (limit if limit and reset <= MINUTE else None), pause


def stated(words: str) -> StatedLimit | None:
    """Read which limit a refusal is for; None if its words don't say."""
    found = _STATED.search(words)
    # None at all would be no limit by the minute, but a lock.
    if found is None or int(found["limit"]) == 0:
        return None
    wait = found["wait"]
    return StatedLimit(
        found["kind"],
        min(int(found["limit"]), MOST),
        int(found["requested"]),
        duration(wait) if wait else None,
    )


def with_stated(read: RateLimit, limit: StatedLimit) -> RateLimit:
    """Complete what the headers of a refusal said with its words."""
    if limit.kind == INPUT_IMAGES:
        return replace(
            read,
            input_images_per_minute=read.input_images_per_minute or limit.per_minute,
            is_by_references=True,
        )
    if limit.kind in KINDS:
        return replace(read, per_minute=read.per_minute or limit.per_minute)
    return read


def duration(text: str) -> float:
    """Parse a duration as Go writes it (`6m0s`, `17ms`, `1.5s`) into seconds; 0 if it is none."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _PARTS.findall(text))


def _count(text: str | None) -> int | None:
    return min(int(text), MOST) if text and text.isascii() and text.isdecimal() else None


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
