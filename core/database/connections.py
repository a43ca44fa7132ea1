"""Database connections on loan: a thread takes one for its work and returns it where the work ends or waits.

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
_loans: dict[BaseDatabaseWrapper, "_Loan"] = {}


@dataclass(slots=True)
class _Loan:
    to: threading.Thread
    idle_since: float | None = None


class _Beside(threading.local):
    """This thread's callback for when its connection is returned."""

    leave: Callable[[], None] | None = None


_beside = _Beside()


def release_connection() -> None:
    """Return this thread's connection before waiting for a slot, a child process or another machine.

    The next query takes one again. Inside a transaction the connection is kept: its work is not done yet.
    """
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            return
        connection.close()
    if _beside.leave:
        _beside.leave()


@contextmanager
def on_release(leave: Callable[[], None]) -> Iterator[None]:
    """Have `leave` called when this thread returns its connection within the block."""
    _beside.leave = leave
    try:
        yield
    finally:
        _beside.leave = None


def call_and_release[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` on this thread, and return the connection that it took.

    Only where connections are not the threads' own (`CONN_MAX_AGE` is 0, as with a pool).
    """
    me = threading.current_thread()
    if me in _at_work:
        return function(*args, **kwargs)
    _at_work.add(me)
    try:
        return function(*args, **kwargs)
    finally:
        _at_work.discard(me)
        for connection in connections.all(initialized_only=True):
            if _is_lent(connection):
                connection.close()
                _loans.pop(connection, None)


def count_leaked(seconds: float) -> int:
    """Count connections that no working thread has held for at least `seconds`.

    The function remembers what it saw: call it every few seconds.
    """
    now, count = time.monotonic(), 0
    for connection, loan in _loans.copy().items():
        if connection.connection is None:
            _loans.pop(connection, None)
        elif loan.to in _at_work:
            loan.idle_since = None
        else:
            loan.idle_since = loan.idle_since or now
            count += now - loan.idle_since >= seconds
    return count


@receiver(connection_created)
def _note(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _is_lent(connection):
        _loans[connection] = _Loan(threading.current_thread())


def _is_lent(connection: BaseDatabaseWrapper) -> bool:
    return bool(connection.settings_dict["CONN_MAX_AGE"] == 0)
