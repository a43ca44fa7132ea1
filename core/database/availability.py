"""Temporary database trouble: connections lost for a moment, or statements held up by another's lock."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error, InterfaceError, InternalError, OperationalError, connection, connections
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

_CONTENTION = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.DeadlockDetected,
    PoolTimeout,
    TooManyRequests,
)
"""Time-outs of `config.database`, and other errors that mean that another session is in the way."""

log = logging.getLogger("createio.database")


def is_transient(error: BaseException) -> bool:
    """Return whether a retry may well succeed: what was begun in a transaction is undone."""
    if isinstance(error, InternalError):
        return isinstance(error.__cause__, errors.IdleInTransactionSessionTimeout)
    return isinstance(error, OperationalError | InterfaceError)


def is_contention(error: BaseException) -> bool:
    """Return whether the database is up, but another session in the way."""
    return isinstance(error.__cause__, _CONTENTION)


def is_lock_timeout(error: BaseException) -> bool:
    """Return whether another session held a lock for longer than we wait for one."""
    return isinstance(error.__cause__, errors.LockNotAvailable)


def is_deadlock(error: BaseException) -> bool:
    """Return whether two sessions waited for each other, and ours was the one that was ended."""
    return isinstance(error.__cause__, errors.DeadlockDetected)


def record_outage() -> None:
    """Record that the database was unreachable just now."""
    _LastOutage.away_at = time.monotonic()


def seconds_since_outage() -> float:
    """Return the seconds since this process last found the database unreachable."""
    return time.monotonic() - _LastOutage.away_at


class _LastOutage:
    """The moment when the database was last unreachable, by this process's clock."""

    away_at = -math.inf


@contextmanager
def override_timeouts(**values: str) -> Iterator[None]:
    """Set other time-outs for this thread's connection within the block, such as `statement_timeout="0"`."""
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
    try:
        yield
    finally:
        # They end with a connection that has died.
        with suppress(Error), connection.cursor() as cursor:
            for name in values:
                cursor.execute(f"RESET {name}")


class LockSkippingPass:
    """A pass over the work of many workspaces that leaves locked ones to the next pass and does the rest.

    Each locked workspace is waited for once, not once for each thing to be done in it.
    """

    def __init__(self) -> None:
        self._locked: set[UUID] = set()

    def do[**P](self, workspace: UUID, work: Callable[P, int], *args: P.args, **kwargs: P.kwargs) -> int:
        """Run `work` and return its result, or 0 if the workspace is locked."""
        if workspace in self._locked:
            return 0
        try:
            return work(*args, **kwargs)
        except OperationalError as error:
            if not is_lock_timeout(error):
                raise
            self._locked.add(workspace)
            log.warning("Workspace %s is locked; the next pass handles it.", workspace)
            return 0


def connection_parameters() -> dict[str, Any]:
    """Return the parameters of a connection to the database itself, for a listener's own; Django's, if there is no pooler."""
    used = connections["default"]
    if settings.DIRECT_DATABASE:
        used = type(used)({**used.settings_dict, **settings.DIRECT_DATABASE}, used.alias)
    found = used.get_connection_params()
    # Django's own types of cursors and values.
    for name in ("cursor_factory", "context"):
        del found[name]
    return found
