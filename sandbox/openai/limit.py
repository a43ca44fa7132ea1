"""The limits of an account, as OpenAI's headers report them and its refusals word them.

Source: platform.openai.com/docs/guides/rate-limits; the words of a 429 and its counting by references are from
users' reports ("for limit gpt-image in organization org-... on input-images per min: Limit 5, Requested 3").
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.openai.errors import OpenAIError

FAMILY = "gpt-image"
"""All models of the catalog are of one family, and so share its limits."""


@dataclass
class Window:
    """So many of a kind in any `seconds`; each entry of `taken` is when, and how many."""

    kind: str
    most: int
    seconds: float
    taken: deque[tuple[float, int]] = field(default_factory=deque)

    def left(self, now: float) -> int:
        while self.taken and self.taken[0][0] <= now - self.seconds:
            self.taken.popleft()
        return self.most - sum(count for _, count in self.taken)

    def wait(self, now: float) -> float:
        """Seconds until all of it is back."""
        return self.taken[-1][0] + self.seconds - now if self.taken else 0.0

    def headers(self, now: float) -> dict[str, str]:
        return {
            f"x-ratelimit-limit-{self.kind}": str(self.most),
            f"x-ratelimit-remaining-{self.kind}": str(self.left(now)),
            f"x-ratelimit-reset-{self.kind}": duration(self.wait(now)),
        }

    def refusal(self, model: str, wanted: int, now: float) -> OpenAIError:
        missing, back = wanted - self.left(now), 0.0
        for at, count in self.taken:
            back, missing = at + self.seconds - now, missing - count
            if missing <= 0:
                break
        used = self.most - self.left(now)
        return OpenAIError(
            429,
            f"Rate limit reached for {model} (for limit {FAMILY}) in organization org-sandbox on {self.kind} per min: "
            f"Limit {self.most}, {f'Used {used}, ' if used else ''}Requested {wanted}. "
            f"Please try again in {duration(back)}. Visit https://platform.openai.com/account/rate-limits to learn more.",
            type=self.kind,
            code="rate_limit_exceeded",
            headers={"retry-after": str(max(1, math.ceil(back)))},
        )


@dataclass
class Limit:
    """The limits that are set; without any there are no headers either."""

    seconds: float = 60.0
    clock: Callable[[], float] = time.monotonic
    requests: Window | None = None
    input_images: Window | None = None

    def set(
        self, per_minute: int | None = None, seconds: float = 60.0, input_images: int | None = None
    ) -> None:
        """Let so many calls and so many references pass in any `seconds`, None being any number.

        Raises ValueError where a limit makes no sense.
        """
        if any(most is not None and most < 1 for most in (per_minute, input_images)) or seconds <= 0:
            raise ValueError("'per_minute' and 'input_images' must be at least 1 or null, 'seconds' above 0.")
        self.seconds = seconds
        self.requests = None if per_minute is None else Window("requests", per_minute, seconds)
        self.input_images = None if input_images is None else Window("input-images", input_images, seconds)

    def take(self, model: str, references: int) -> tuple[OpenAIError | None, dict[str, str]]:
        """The refusal of this call, if it is one, and what its answer's headers say of the limits."""
        now = self.clock()
        windows = [
            (window, wanted)
            for window, wanted in ((self.requests, 1), (self.input_images, references))
            if window
        ]
        full = next(((window, wanted) for window, wanted in windows if window.left(now) < wanted), None)
        if full is None:
            for window, wanted in windows:
                if wanted:
                    window.taken.append((now, wanted))
        headers = {name: text for window, _ in windows for name, text in window.headers(now).items()}
        return full[0].refusal(model, full[1], now) if full else None, headers

    def facts(self) -> dict[str, object]:
        """What is set, and how many calls were counted."""
        return {
            "per_minute": self.requests.most if self.requests else None,
            "input_images": self.input_images.most if self.input_images else None,
            "seconds": self.seconds,
            "taken": len(self.requests.taken) if self.requests else 0,
        }


def duration(seconds: float) -> str:
    """As Go writes it, and OpenAI in its headers: 17ms, 1.2s, 6m0s."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000))}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"
