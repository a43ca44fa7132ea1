"""Rate limits: exact, in the database, one statement per request."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connection

from accounts.models import Workspace

COUNT: Final = (Path(__file__).parents[1] / "sql" / "count_request.sql").read_text(encoding="utf-8")
WINDOW: Final = 60


@dataclass(frozen=True, slots=True)
class RateLimitUsage:
    """A subject's use of its minute, this request included.

    Attributes:
        used: requests counted.
        limit: requests allowed, by the workspace's pricing tier.
        seconds_left: until the count restarts.
    """

    used: int
    limit: int
    seconds_left: int

    @property
    def exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10)."""
        left = max(0, self.limit - self.used)
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW}',
            "RateLimit": f'"minute";r={left};t={self.seconds_left}',
        }


def count(subject: uuid.UUID, workspace: Workspace) -> RateLimitUsage:
    """Count one request of `subject`, the id of a token or a user."""
    with connection.cursor() as cursor:
        alone = not connection.in_atomic_block
        cursor.execute(COUNT, {"subject": subject, "workspace": workspace.pk, "alone": alone})
        used, seconds_left, limit, _ = cursor.fetchone()
    return RateLimitUsage(used, limit, max(1, seconds_left))
