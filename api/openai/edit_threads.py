"""Calls that bring images, begun on threads of their own.

Reading an image takes seconds, which the few threads that query the database for everybody can't spare.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.http import HttpRequest

from api.openai.submission import StartedCall, begin, read
from core.database.asynchronous import REQUEST_SHARES, call_with_live_connection
from core.database.connections import release_connection
from generation.media.concurrency import FairSlots, SlotsBusy

COUNT: Final = 16
PLACES: Final = FairSlots(
    COUNT,
    each=COUNT // 2,
    busy=lambda: SlotsBusy(
        "Too many images are being read right now. Nothing was charged; try again in a moment.", retry_after=2
    ),
)
PATIENCE: Final = 10.0
"""Seconds that a call waits for one of them, on no thread and without a connection."""
_threads = ThreadPoolExecutor(COUNT, thread_name_prefix="reading")


async def begin_edit(request: HttpRequest) -> StartedCall:
    """Begin an edit; callers are told apart by their token.

    Raises:
        Refusal: nothing was begun and nothing is held.
    """
    leave = await PLACES.take(request.headers.get("Authorization"), PATIENCE)
    reading = asyncio.get_running_loop().run_in_executor(_threads, _begin, request, leave)
    # A client that disconnects meanwhile must not take the slot along.
    return await asyncio.shield(reading)


def _begin(request: HttpRequest, leave: Callable[[], None]) -> StartedCall:
    try:
        return call_with_live_connection(_read_and_begin, request)
    finally:
        release_connection()
        leave()


def _read_and_begin(request: HttpRequest) -> StartedCall:
    return begin(read(request, edit=True), REQUEST_SHARES.hold)
