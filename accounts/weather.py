"""The database's bad days: away for a moment, or held up by a lock of somebody else's."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from django.db import Error, InterfaceError, InternalError, OperationalError, connection, connections
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

_HELD_UP = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.DeadlockDetected,
    PoolTimeout,
    TooManyRequests,
)
"""Time-outs of `config.database`, and what else says that others are in the way."""

log = logging.getLogger("createio.weather")


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


def note_absence() -> None:
    """The database was away just now."""
    _Seen.away_at = time.monotonic()


def calm_for() -> float:
    """Seconds for which this process has not seen the database away."""
    return time.monotonic() - _Seen.away_at


class _Seen:
    """When the database was last away, by this process's clock."""

    away_at = -math.inf


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


class Round:
    """A pass over the work of many workspaces: whose locks somebody holds is left to the next one, and the rest is done.

    Each such workspace is waited for once, not once for each thing that is to be done in it.
    """

    def __init__(self) -> None:
        self._locked: set[UUID] = set()

    def do[**P](self, workspace: UUID, work: Callable[P, int], *args: P.args, **kwargs: P.kwargs) -> int:
        """What the work returns, or 0 where it can't be done now."""
        if workspace in self._locked:
            return 0
        try:
            return work(*args, **kwargs)
        except OperationalError as error:
            if not is_locked(error):
                raise
            self._locked.add(workspace)
            log.warning("Workspace %s is locked; the next round sees to it.", workspace)
            return 0


def parameters() -> dict[str, Any]:
    """What Django connects with, for a connection of our own that listens."""
    found = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context"):  # Django's own types of cursors and values
        del found[name]
    return found
