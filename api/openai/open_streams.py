"""Limit on the number of calls that stream: each costs a socket, and memory for its images, for as long as it lasts.

As with event streams (`generation.events.stream_limits`), each process counts for itself.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from generation.events.stream_limits import RETRY_AFTER, TooManyStreams

LEAST: Final = 50
"""What every workspace may have open; one whose tier has more images in flight may have as many streams."""
_open: Counter[uuid.UUID] = Counter()


@contextmanager
def slot(workspace: uuid.UUID, images_in_flight: int) -> Iterator[None]:
    """Count a stream of a workspace while it lasts. To be entered and left on the event loop only.

    Raises:
        TooManyStreams: as many are open as allowed. Nothing was begun.
    """
    most = max(LEAST, images_in_flight)
    if _open[workspace] >= most:
        raise TooManyStreams(
            f"Too many streams are open: this workspace can have {most:,}. Nothing was charged; wait until one ends, or "
            "send stream=false.",
            param="stream",
            retry_after=RETRY_AFTER,
        )
    _open[workspace] += 1
    try:
        yield
    finally:
        _open[workspace] -= 1
        if not _open[workspace]:
            del _open[workspace]
