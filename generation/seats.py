"""How many event streams somebody may have open: each costs a socket and memory for as long as it lasts.

Counted by each process for itself, since that is whose sockets and memory they are: no query, no lock, nothing left
behind by a process that died. Two processes let in twice as many.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PER_PERSON, PER_WORKSPACE = 10, 50
_taken: Counter[uuid.UUID] = Counter()


def full(workspace: uuid.UUID, person: uuid.UUID | None) -> bool:
    """Whether one more stream would be too many; a program is nobody but its workspace."""
    return _taken[workspace] >= PER_WORKSPACE or (person is not None and _taken[person] >= PER_PERSON)


@contextmanager
def seat(workspace: uuid.UUID, person: uuid.UUID | None) -> Iterator[bool]:
    """Take a seat while a stream lasts; False where others were faster, and then none is taken.

    To be entered on the loop alone, where nothing comes between looking and taking.
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
