"""A limit of calls per minute, as OpenAI's headers report it. Source: platform.openai.com/docs/guides/rate-limits."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Limit:
    """The most calls in any `seconds`; without `per_minute` there is no limit, and no headers either."""

    per_minute: int | None = None
    seconds: float = 60.0
    clock: Callable[[], float] = time.monotonic
    taken: deque[float] = field(default_factory=deque)

    def set(self, per_minute: int | None, seconds: float = 60.0) -> None:
        """Raises ValueError where a limit makes no sense."""
        if (per_minute is not None and per_minute < 1) or seconds <= 0:
            raise ValueError("'per_minute' must be at least 1 or null, 'seconds' above 0.")
        self.per_minute, self.seconds = per_minute, seconds
        self.taken.clear()

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether this call is let through, and what its answer's headers say of the limit."""
        if self.per_minute is None:
            return True, {}
        now = self.clock()
        while self.taken and self.taken[0] <= now - self.seconds:
            self.taken.popleft()
        lets = len(self.taken) < self.per_minute
        if lets:
            self.taken.append(now)
        wait = self.taken[0] + self.seconds - now
        headers = {
            "x-ratelimit-limit-requests": str(self.per_minute),
            "x-ratelimit-remaining-requests": str(self.per_minute - len(self.taken)),
            "x-ratelimit-reset-requests": duration(wait),
        }
        return lets, headers if lets else {**headers, "retry-after": str(max(1, -int(-wait // 1)))}


def duration(seconds: float) -> str:
    """As Go writes it, and OpenAI in its headers: 17ms, 1.2s, 6m0s."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000))}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"
