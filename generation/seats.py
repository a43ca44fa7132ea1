"""Limit on the number of open event streams: each costs a socket and memory for as long as it lasts.

Each process counts for itself, since the sockets and the memory are its own: no query, no lock, nothing left behind
by a process that died. Two processes allow twice as many.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PER_PERSON, PER_WORKSPACE = 10, 50
_taken: Counter[uuid.UUID] = Counter()


def full(workspace: uuid.UUID, person: uuid.UUID | None) -> bool:
    """Return whether one more stream would be too many; a program counts for its workspace only."""
    return _taken[workspace] >= PER_WORKSPACE or (person is not None and _taken[person] >= PER_PERSON)


@contextmanager
def seat(workspace: uuid.UUID, person: uuid.UUID | None) -> Iterator[bool]:
    """Count a stream while it lasts; yield False, and count nothing, if the limit was reached meanwhile.

    To be entered on the event loop only, where nothing comes between checking and counting.
    """
    if full(workspace, person):
        yield False
        return
    holders = [one for one in (workspace, person) if one is not None]
    _taken.update(holders)
    try:
        yield True
    finally:
        for one in holders:
            _taken[one] -= 1
            if not _taken[one]:
                del _taken[one]
