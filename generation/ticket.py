"""The upstream request: one that the provider continues, whoever asks for its result."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from generation import news

type Note = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Ticket:
    """A provider's request that outlives the worker which made it.

    Attributes:
        request: the provider's id of it; at first that of an earlier attempt for the same image, which may still be
            under way or done, or empty.
        webhook: URL by which the provider may report that it is done; empty if it can't reach us.
        note: stores the id.
    """

    request: str = ""
    webhook: str = ""
    note: Note | None = None

    async def accepted(self, request: str) -> None:
        """Record the id of a new request; an adapter calls this before it waits for the result."""
        self.request = request
        if self.note:
            await self.note(request)

    async def news(self, seconds: float) -> None:
        """Wait for `seconds`, or until the provider has reported that the request is done."""
        if self.webhook:
            await news.hear(self.request, seconds)
        else:
            await asyncio.sleep(seconds)
