"""How many requests are in progress at once: 2 for a new account, up to 40. More wait in the queue; none is refused.

Source: docs.fal.ai/documentation/model-apis/concurrency-limits and /faq, of November 2026.
"""

import asyncio
from collections import deque


class Places:
    """Places of an account, given to requests in the order in which they came."""

    def __init__(self, most: int) -> None:
        self.usual = most
        self.most = most
        self.taken = 0
        self.waiting: deque[asyncio.Future[None]] = deque()

    def set(self, most: int) -> None:
        """Raises ValueError where a number makes no sense."""
        if most < 0:
            raise ValueError("'most' must not be negative.")
        self.most = most
        self._admit()

    def reset(self) -> None:
        """Let as many in as at the start; requests that are dropped leave by themselves."""
        self.set(self.usual)

    async def take(self) -> None:
        """Wait for a place."""
        place = asyncio.get_running_loop().create_future()
        self.waiting.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        self.taken = max(0, self.taken - 1)
        self._admit()

    def _admit(self) -> None:
        while self.waiting and self.taken < self.most:
            place = self.waiting.popleft()
            if not place.done():
                self.taken += 1
                place.set_result(None)
