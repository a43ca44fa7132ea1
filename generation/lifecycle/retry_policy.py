"""Retry policy: whether another call may follow one that has ended, and when."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Protocol

from generation.models import Image, Outcome
from generation.providers import circuit_breaker
from generation.providers.contract import ProviderFailure

TOTAL = timedelta(minutes=10)
"""Time after the first attempt from which on no further attempt begins."""
MAX_TRIES = 8
MAX_UNKNOWN = 2
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before the second attempt, and the most before a later one."""


class AttemptedCall(Protocol):
    """An attempt and its image: as a worker has it (`ClaimedImage`), or as the sweeper finds it."""

    @property
    def attempt(self) -> uuid.UUID: ...  # noqa: D102 -- see ClaimedImage
    @property
    def image(self) -> uuid.UUID: ...  # noqa: D102
    @property
    def generation(self) -> uuid.UUID: ...  # noqa: D102
    @property
    def provider(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def quality(self) -> str: ...  # noqa: D102
    @property
    def pixels(self) -> int | None: ...  # noqa: D102
    @property
    def references(self) -> int: ...  # noqa: D102


def again_at(
    work: AttemptedCall, image: Image, failure: ProviderFailure, *, now: datetime
) -> datetime | None:
    """Decide when another attempt may begin.

    Args:
        work: the attempt that has failed.
        image: its image, as it stands.
        failure: how it failed.
        now: the time by the database's clock, as `started_at` is.

    Returns:
        The earliest moment at which it may begin; None if there may be no other attempt.
    """
    unknown = failure.outcome is Outcome.UNKNOWN
    if unknown and _is_spent(image, work.attempt):
        return None
    if not (unknown or failure.may_retry):
        return None
    if image.tries >= MAX_TRIES and not circuit_breaker.is_open(work.provider):
        return None
    backoff = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (image.tries - 1)) * random.uniform(0.8, 1.2)  # noqa: S311 -- spread
    wait = timedelta(
        seconds=max(backoff if failure.retry_after is None else FIRST_WAIT, failure.retry_after or 0)
    )
    begun = image.started_at or now
    at = now + wait
    return at if at < begun + TOTAL else None


def _is_spent(image: Image, attempt: uuid.UUID) -> bool:
    """Return whether the limit of calls with unknown outcome is reached; resuming a request is no call."""
    unknown = image.attempts.filter(outcome=Outcome.UNKNOWN)
    if unknown.filter(pk=attempt, is_open=True).exists():
        return False
    requests = list(unknown.values_list("upstream_request", flat=True))
    return requests.count("") + len({*requests} - {""}) >= MAX_UNKNOWN
