"""Database connections by unit of work: a thread takes one for its work and returns it where that ends or waits.

Django returns a connection when a request is finished. Between a response's last query and its last byte may
lie ten minutes of an event stream, and a request that was canceled may never be finished. So the thread
returns it: it is there whatever becomes of the request, and it is the only one that may.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

_at_work: set[threading.Thread] = set()
_uses: dict[BaseDatabaseWrapper, "_Use"] = {}


@dataclass(slots=True)
class _Use:
    by: threading.Thread
    idle_since: float | None = None


class _ReleaseCallback(threading.local):
    """This thread's callback for when its connection is returned."""

    leave: Callable[[], None] | None = None


_release_callback = _ReleaseCallback()


def release_connection() -> None:
    """Return this thread's connection before waiting for a slot, a child process or another machine.

    The next query takes one again. Inside a transaction the connection is kept: its work is not done yet.
    """
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            return
        connection.close()
    if _release_callback.leave:
        _release_callback.leave()


@contextmanager
def on_release(leave: Callable[[], None]) -> Iterator[None]:
    """Have `leave` called when this thread returns its connection within the block."""
    _release_callback.leave = leave
    try:
        yield
    finally:
        _release_callback.leave = None


def call_and_release[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` on this thread, and return the connection that it took.

    Only where connections are not the threads' own (`CONN_MAX_AGE` is 0, as with a pool).
    """
    thread = threading.current_thread()
    if thread in _at_work:
        return function(*args, **kwargs)
    _at_work.add(thread)
    try:
        return function(*args, **kwargs)
    finally:
        _at_work.discard(thread)
        for connection in connections.all(initialized_only=True):
            if _is_temporary(connection):
                connection.close()
                _uses.pop(connection, None)


def count_leaked(seconds: float) -> int:
    """Count connections that no working thread has held for at least `seconds`.

    The function remembers what it saw: call it every few seconds.
    """
    now, count = time.monotonic(), 0
    for connection, use in _uses.copy().items():
        if connection.connection is None:
            _uses.pop(connection, None)
        elif use.by in _at_work:
            use.idle_since = None
        else:
            use.idle_since = use.idle_since or now
            count += now - use.idle_since >= seconds
    return count


@receiver(connection_created)
def _record_use(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _is_temporary(connection):
        _uses[connection] = _Use(threading.current_thread())


def _is_temporary(connection: BaseDatabaseWrapper) -> bool:
    return bool(connection.settings_dict["CONN_MAX_AGE"] == 0)
