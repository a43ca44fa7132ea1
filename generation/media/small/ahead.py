"""Small versions made ahead of time, for orders of people: they will look. What programs order waits until somebody asks."""

import asyncio
import time
from typing import Final

from core.database.asynchronous import in_db_thread
from generation.media import storage
from generation.media.executors import in_background_thread, in_storage_thread
from generation.media.small import derivation, rendering
from generation.media.small.derivation import Lease
from generation.models import Image

AT_ONCE: Final = 4
"""Images that wait for the store side by side; one of them is rendered."""
SECONDS: Final = 20.0
"""How long one run goes on: then the next one's turn has come, in whichever worker."""


async def work_off() -> int:
    """Make what waits, oldest first, for `SECONDS` at most.

    Returns:
        The number of images whose small versions were made.
    """
    until, made = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        images = await in_db_thread(derivation.waiting)(AT_ONCE)
        if not images:
            break
        made += sum(await asyncio.gather(*(_make(image) for image in images)))
    return made


async def _make(image: Image) -> bool:
    held = await in_db_thread(derivation.lease)(image.pk)
    if not isinstance(held, Lease):
        return False
    try:
        data = await in_storage_thread(storage.get)(image.file)
        rendered = await in_background_thread(rendering.render)(data)
        files = await in_storage_thread(derivation.store)(image.workspace_id, rendered)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again later
        await in_db_thread(derivation.postpone)(held, error)
        return False
    if not await in_db_thread(derivation.record)(held, files):
        await in_storage_thread(storage.remove)(files.thumbnail, files.medium)
        return False
    return True
