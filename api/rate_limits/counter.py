"""Rate limits: exact, in the database, one statement per request."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connection

from accounts.models import Workspace
from core.errors import Refusal

COUNT: Final = (Path(__file__).parents[1] / "sql" / "count_request.sql").read_text(encoding="utf-8")
WINDOW: Final = 60
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that count as reads; all others are writes."""


class TooManyRequests(Refusal):
    """This minute's reads or writes are used up; `extra["limit"]` names the limit."""

    code = "rate_limited"
    status = 429


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit and what is used of it, this request included.

    Attributes:
        name: "reads" or "writes", those of a workspace with "workspace-" before it.
        used: requests counted.
        most: requests allowed, by the workspace's pricing tier.
        seconds_left: until the count restarts.
    """

    name: str
    used: int
    most: int
    seconds_left: int

    @property
    def remaining(self) -> int:
        """How many more requests fit."""
        return max(0, self.most - self.used)


@dataclass(frozen=True, slots=True)
class RateLimitUsage:
    """A request's limits: its token's (or person's), and its workspace's unless the first is exceeded."""

    limits: tuple[Limit, ...]

    @property
    def exceeded(self) -> Limit | None:
        """The limit that this request is beyond, if there is one."""
        return next((limit for limit in self.limits if limit.used > limit.most), None)

    @property
    def tightest(self) -> Limit:
        """The limit that leaves the fewest requests."""
        return min(self.limits, key=lambda limit: limit.remaining)

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10)."""
        return {
            "RateLimit-Policy": ", ".join(f'"{one.name}";q={one.most};w={WINDOW}' for one in self.limits),
            "RateLimit": ", ".join(
                f'"{one.name}";r={one.remaining};t={one.seconds_left}' for one in self.limits
            ),
        }

    def enforce(self, whose: str) -> None:
        """Refuse a request beyond a limit.

        Args:
            whose: words for the one who is counted, such as "this token's".

        Raises:
            TooManyRequests: come back in the next minute.
        """
        if (limit := self.exceeded) is None:
            return
        name, together = limit.name.removeprefix("workspace-"), limit.name.startswith("workspace-")
        raise TooManyRequests(
            f"Too many requests: {"your workspace's" if together else whose} {limit.most:,} {name} a minute"
            f"{', of all its tokens together,' if together else ''} are used up. Nothing was charged; "
            f"please try again in {limit.seconds_left}s.",
            retry_after=limit.seconds_left,
            limit=limit.name,
        )


def count(subject: uuid.UUID, workspace: Workspace, method: str) -> RateLimitUsage:
    """Count one request of `subject`, the id of a token or a user; its method says whether it is a read."""
    is_read = method in SAFE_METHODS
    with connection.cursor() as cursor:
        alone = not connection.in_atomic_block
        cursor.execute(
            COUNT, {"subject": subject, "workspace": workspace.pk, "is_read": is_read, "alone": alone}
        )
        made, most, seconds, made_together, most_together, seconds_together, _ = cursor.fetchone()
    kind = "reads" if is_read else "writes"
    limits = [Limit(kind, made, most, max(1, seconds))]
    if made_together is not None:
        limits.append(Limit(f"workspace-{kind}", made_together, most_together, max(1, seconds_together)))
    return RateLimitUsage(tuple(limits))
