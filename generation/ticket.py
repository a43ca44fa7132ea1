"""What a provider gives for a request that it goes on with, whoever asks for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from generation import news

type Note = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Ticket:
    """What a provider gave us for a request that outlives the worker which made it.

    Attributes:
        request: the provider's id of it; at first of one that an earlier attempt made for the same picture and that may
            still be under way or done, or nothing.
        webhook: where the provider may tell that it is done, or nothing where it can't reach us.
        note: writes the id down.
    """

    request: str = ""
    webhook: str = ""
    note: Note | None = None

    async def accepted(self, request: str) -> None:
        """The provider has a new request, and will know it by its id; an adapter says so before it waits for it."""
        self.request = request
        if self.note:
            await self.note(request)

    async def news(self, seconds: float) -> None:
        """Wait so long, or until the provider has told that the request is done."""
        if self.webhook:
            await news.hear(self.request, seconds)
        else:
            await asyncio.sleep(seconds)
