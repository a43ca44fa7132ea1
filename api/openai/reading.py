"""Calls that bring images, begun on threads of their own.

Reading an image takes seconds, which the few threads that query the database for everybody can't spare.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.http import HttpRequest

from accounts.connections import give_back
from api.openai.start import Started, begin, read
from generation.db import CALLS, fresh
from generation.places import Places, PlacesBusy

COUNT: Final = 16
PLACES: Final = Places(
    COUNT,
    each=COUNT // 2,
    busy=lambda: PlacesBusy(
        "Other pictures are being read right now. Nothing was charged; try again in a moment.", retry_after=2
    ),
)
PATIENCE: Final = 10.0
"""Seconds that a call waits for one of them, on no thread and without a connection."""
_threads = ThreadPoolExecutor(COUNT, thread_name_prefix="reading")


async def begin_edit(request: HttpRequest) -> Started:
    """Begin an edit; callers are told apart by their token.

    Raises:
        Refusal: nothing was begun and nothing is held.
    """
    leave = await PLACES.take(request.headers.get("Authorization"), PATIENCE)
    reading = asyncio.get_running_loop().run_in_executor(_threads, _begin, request, leave)
    # A client that disconnects meanwhile must not take the slot along.
    return await asyncio.shield(reading)


def _begin(request: HttpRequest, leave: Callable[[], None]) -> Started:
    try:
        return fresh(_read_and_begin, request)
    finally:
        give_back()
        leave()


def _read_and_begin(request: HttpRequest) -> Started:
    return begin(read(request, edit=True), CALLS.hold)
