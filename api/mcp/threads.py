"""Threads of its own for what tools do: the few that query the database for everybody can't spare the seconds of a link."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from uuid import UUID

from core.database.asynchronous import in_db_thread
from generation.media.concurrency import FairSlots, SlotsBusy

CALLS: Final = FairSlots(
    400,
    each=32,
    busy=lambda: SlotsBusy(
        "Too many tool calls of this workspace are under way. Nothing was charged; wait until one has answered.",
        retry_after=5,
    ),
)
"""Calls of tools that one process serves at once, those that wait for images included, and those of one workspace."""
PATIENCE: Final = 5.0
"""Seconds that a call waits for a place, or for a thread, on no thread and without a connection."""


class Threads:
    """Some threads that workspaces share fairly; none keeps a connection between two pieces of work."""

    def __init__(self, count: int) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="mcp")
        self.places = FairSlots(count, each=count // 2, busy=self._busy)

    async def run[R](self, workspace: UUID, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Run `function`, to its end even if nobody waits for it any more.

        Raises:
            SlotsBusy: no thread is free in time; it was not begun.
        """
        leave = await self.places.take(workspace, PATIENCE)
        work = asyncio.ensure_future(in_db_thread(partial(function, *args, **kwargs), self._executor)())
        work.add_done_callback(lambda _: leave())
        return await asyncio.shield(work)

    def _busy(self) -> SlotsBusy:
        return SlotsBusy(
            "Too many tool calls are being worked on right now. Nothing was charged; try again in a moment.",
            retry_after=2,
        )


WORK: Final = Threads(8)
READING: Final = Threads(4)
"""For images that are fetched from links, which takes as long as their servers like."""
