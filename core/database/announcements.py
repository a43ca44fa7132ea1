"""Announcements of what was committed: NOTIFY, from a short transaction of its own for all that came meanwhile.

PostgreSQL lets one transaction at a time commit that holds a NOTIFY, in the whole cluster, and for as long as its
commit takes. So no transaction that changes rows sends one. The functions of the database say what they want
announced by an INFO message, which reaches the session at once; this module hears it and sends the announcement when
the transaction is committed.

An announcement may be lost with the process. So it is only a hint, and whoever listens looks at the rows now and then.
"""

import functools
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from django.db import Error, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry.trace import SpanContext

from core.database.asynchronous import call_with_live_connection
from core.outputs import tracing

SQLSTATE: Final = "CI001"
"""Of the INFO messages; their text is the channel, their detail the payload."""
WATCHED_ONLY: Final = "watched"
"""The hint of those that are sent only while somebody holds the watchers' lock."""
INTERVAL: Final = 0.005
"""Seconds from one transaction of this process to its next; what comes meanwhile goes together."""
WATCHERS_LOCK: Final = "7110, hashtext({subject}) & 127"
"""The advisory lock that all watchers of a subject share; one of 128, since each one has a place in memory."""
_SEND: Final = f"""
    SELECT CASE WHEN lock IS NULL OR NOT pg_try_advisory_xact_lock({WATCHERS_LOCK.format(subject="lock")})
        THEN pg_notify(channel, payload) END
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS announced (channel, payload, lock)
"""  # noqa: S608 -- constants
_log = logging.getLogger("createio.database")


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be announced.

    Attributes:
        channel: name of the channel.
        payload: of two whose first words agree, the later one stands for both.
        watched_only: whether nobody misses it where nobody watches.
    """

    channel: str
    payload: str
    watched_only: bool

    @property
    def subject(self) -> str:
        """The channel and the payload's first word."""
        return subject(self.channel, self.payload.partition(" ")[0])


def subject(channel: str, word: str) -> str:
    """Return what watchers of this word on a channel lock."""
    return f"{channel} {word}"


class Announcer:
    """Sends what was committed, on a thread of its own, so that no request and no image waits for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="announcer")
        self._guard = threading.Lock()
        self._waiting: dict[str, Announcement] = {}
        self._traced: list[tuple[SpanContext, int]] = []
        self._is_scheduled = False

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Send these soon. To be called when what they are about is committed."""
        with self._guard:
            self._waiting.update((one.subject, one) for one in announcements)
            if tracing.is_on() and (cause := tracing.current()):
                self._traced.append((cause, tracing.now()))
            if self._is_scheduled:
                return
            self._is_scheduled = True
        self._thread.submit(self._run)

    def _run(self) -> None:
        while True:
            with self._guard:
                batch, traced = tuple(self._waiting.values()), tuple(self._traced)
                self._waiting.clear()
                self._traced.clear()
                self._is_scheduled = bool(batch)
            if not batch:
                return
            try:
                call_with_live_connection(_send, batch)
                for cause, since in traced:
                    tracing.record("announce", since, tracing.now(), within=cause)
            except Error as error:
                _log.warning(
                    "Not announced: %d changes; listeners find them by themselves: %s", len(batch), error
                )
            except BaseException:
                with self._guard:
                    self._is_scheduled = False
                raise
            time.sleep(INTERVAL)


def _send(batch: Sequence[Announcement]) -> None:
    locks = [one.subject if one.watched_only else None for one in batch]
    with connection.cursor() as cursor:
        cursor.execute(_SEND, [[one.channel for one in batch], [one.payload for one in batch], locks])


class _Process:
    """This process's announcer."""

    announcer = Announcer()

    @classmethod
    def renew(cls) -> None:
        """Begin anew in a forked child, which has no thread of its parent's."""
        cls.announcer = Announcer()


os.register_at_fork(after_in_child=_Process.renew)
_heard: WeakKeyDictionary[psycopg.Connection[Any], list[Announcement]] = WeakKeyDictionary()
"""What sessions have said since the last statement ended."""


def connect() -> None:
    """Announce what all sessions of this process, those of Django, commit from now on."""
    connection_created.connect(_hear)


def _hear(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Listen to a session's messages, and announce what they say once it is committed."""
    session = connection.connection
    if session not in _heard:
        heard = _heard[session] = []
        session.add_notice_handler(functools.partial(_take, heard))
    if _after_commit not in connection.execute_wrappers:
        connection.execute_wrappers.append(_after_commit)


def _take(heard: list[Announcement], said: psycopg.errors.Diagnostic) -> None:
    if said.sqlstate == SQLSTATE:
        is_watched_only = said.message_hint == WATCHED_ONLY
        heard.append(Announcement(said.message_primary or "", said.message_detail or "", is_watched_only))


def _after_commit(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Run a statement; what it wants announced waits for the commit, and is forgotten if that fails."""
    used: BaseDatabaseWrapper = context["connection"]
    heard = _heard.get(used.connection) if used.connection else None
    if heard is None:
        return execute(sql, params, many, context)
    heard.clear()
    result = execute(sql, params, many, context)
    if heard:
        announcements = tuple(heard)
        transaction.on_commit(
            lambda: _Process.announcer.announce(announcements), using=used.alias, robust=True
        )
    return result
