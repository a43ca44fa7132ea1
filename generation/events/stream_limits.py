"""Limit on the number of open event streams: each costs a socket and memory for as long as it lasts.

Each process counts for itself, since the sockets and the memory are its own: no query, no lock, nothing left behind
by a process that died. Two processes allow twice as many.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import Refusal

PER_PERSON, PER_WORKSPACE = 10, 50
RETRY_AFTER: Final = 15
"""Seconds; most generations take less, and their streams end with them."""
_open_streams: Counter[uuid.UUID] = Counter()


class TooManyStreams(Refusal):
    """As many streams are open as allowed."""

    code = "too_many_streams"
    status = 429


def is_full(workspace: uuid.UUID, person: uuid.UUID | None) -> bool:
    """Return whether one more stream would be too many; a program counts for its workspace only."""
    return _open_streams[workspace] >= PER_WORKSPACE or (
        person is not None and _open_streams[person] >= PER_PERSON
    )


@contextmanager
def take_slot(workspace: uuid.UUID, person: uuid.UUID | None) -> Iterator[bool]:
    """Count a stream while it lasts; yield False, and count nothing, if the limit was reached meanwhile.

    To be entered on the event loop only, where nothing comes between checking and counting.
    """
    if is_full(workspace, person):
        yield False
        return
    holders = [one for one in (workspace, person) if one is not None]
    _open_streams.update(holders)
    try:
        yield True
    finally:
        for one in holders:
            _open_streams[one] -= 1
            if not _open_streams[one]:
                del _open_streams[one]
