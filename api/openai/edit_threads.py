"""Calls that bring images, begun on threads of their own.

Reading an image takes seconds, which the few threads that query the database for everybody can't spare.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from django.http import HttpRequest

from api.openai.deliveries import begin_settled
from api.openai.submission import AuthorizedRequest, StartedCall, begin, read
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


async def begin_edit(request: HttpRequest, admit: Callable[[AuthorizedRequest], None]) -> StartedCall:
    """Begin an edit; callers are told apart by their token.

    Args:
        request: the call.
        admit: called on the event loop once the parameters are read, before anything is begun; may refuse.

    Raises:
        Refusal: nothing was begun and nothing is held.
    """
    leave = await PLACES.take(request.headers.get("Authorization"), PATIENCE)
    work: asyncio.Future[Any] | None = None
    try:
        reading = work = _run(lambda: read(request, edit=True))
        # A client that disconnects meanwhile must not take the place along: see below.
        asked = await asyncio.shield(reading)
        admit(asked)

        async def attempt(*, patient: bool, was_orphaned: bool) -> StartedCall:
            nonlocal work
            beginning = work = _run(
                partial(begin, asked, REQUEST_SHARES.hold, patient=patient, was_orphaned=was_orphaned)
            )
            return await asyncio.shield(beginning)

        return await begin_settled(attempt)
    finally:
        if work is None or work.done():
            leave()
        else:
            work.add_done_callback(lambda _: leave())


def _run[R](function: Callable[[], R]) -> asyncio.Future[R]:
    """Run it on one of the threads, which keeps no connection afterwards."""

    def run() -> R:
        try:
            return call_with_live_connection(function)
        finally:
            release_connection()

    return asyncio.get_running_loop().run_in_executor(_threads, contextvars.copy_context().run, run)
