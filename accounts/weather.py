"""The database's bad days: away for a moment, or held up by a lock of somebody else's."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, InterfaceError, InternalError, OperationalError, connection, connections
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

_HELD_UP = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected, PoolTimeout, TooManyRequests)
"""Time-outs of `config.database`, and what else says that others are in the way."""


def passes(error: BaseException) -> bool:
    """Whether the same may well work in a moment: what was begun in a transaction is undone."""
    if isinstance(error, InternalError):
        return isinstance(error.__cause__, errors.IdleInTransactionSessionTimeout)
    return isinstance(error, OperationalError | InterfaceError)


def is_held_up(error: BaseException) -> bool:
    """Whether the database is there, and somebody else in the way."""
    return isinstance(error.__cause__, _HELD_UP)


def is_locked(error: BaseException) -> bool:
    """Whether somebody held a lock for longer than we wait for one."""
    return isinstance(error.__cause__, errors.LockNotAvailable)


@contextmanager
def timeouts(**values: str) -> Iterator[None]:
    """Other time-outs for this thread's connection until the block is left, for example `statement_timeout="0"`."""
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:  # a connection that has died takes them along
            for name in values:
                cursor.execute(f"RESET {name}")


def parameters() -> dict[str, Any]:
    """What Django connects with, for a connection of our own that listens."""
    found = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context"):  # Django's own types of cursors and values
        del found[name]
    return found
