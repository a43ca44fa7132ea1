"""Small versions made while somebody waits for one: several who ask at once make one."""

import time
from typing import Final

from core.database.connections import release_connection
from core.errors import Refusal
from generation.media import storage
from generation.media.concurrency import FairSlots, SlotsBusy
from generation.media.small import derivation, rendering
from generation.media.small.derivation import Lease, Standing
from generation.models import Image

PATIENCE: Final = 1.0
"""Seconds that somebody waits for a place and for others' work; then the original is shown."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.4


def _busy() -> Refusal:
    return SlotsBusy("The server is busy with other images. Try again in a moment.")


_places = FairSlots(2, each=1, busy=_busy)
"""One core each, in every process; a workspace has one of them."""


def ensure(image: Image) -> bool:
    """Have the small versions of a stored image made, by this thread or by who is at it, and write their keys on `image`.

    No connection is held while this waits, reads, renders or stores.

    Returns:
        False if there are none in time, for whatever reason: then the original stands in.
    """
    until, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
    while True:
        try:
            with _places.taken(image.workspace_id, max(0.0, until - time.monotonic())):
                found = derivation.lease(image.pk)
                if isinstance(found, Lease):
                    return _make(image, found)
        except SlotsBusy:
            return False
        if found is Standing.FAILED:
            return False
        if found is not Standing.BUSY:
            image.refresh_from_db(fields=("thumbnail", "medium"))
            return found is Standing.MADE
        release_connection()
        if time.monotonic() + pause > until:
            return False
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _make(image: Image, held: Lease) -> bool:
    release_connection()
    try:
        made = rendering.render(storage.get(image.file))
        files = derivation.store(image.workspace_id, made)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the original stands in
        derivation.postpone(held, error)
        return False
    if not derivation.record(held, files):
        storage.remove(files.thumbnail, files.medium)
        return False
    image.thumbnail, image.medium = files.thumbnail, files.medium
    return True
