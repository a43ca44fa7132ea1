"""Where a process may die: around each of its commits, and after each answer from outside.

Everything is hooked into the libraries of a process that is about to be killed; the product knows nothing of it.
"""

import os
import re
import signal
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import requests.adapters
from django.core.files.storage import FileSystemStorage
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from core import safe_http

READS = re.compile(
    r"\s*(SELECT(?!.*\b(ledger|generation|procrastinate)_\w+\s*\()|SET|SHOW)\b", re.IGNORECASE | re.DOTALL
)
"""A statement that writes nothing: one that calls none of our functions and none of the queue's."""


class Clock:
    """Counts the points that a process passes, tells each, and ends the process at one of them.

    Args:
        at: the number of the point to die at; 0 never.
        told: a pipe's end, to which the points' names go.
    """

    def __init__(self, at: int, told: int) -> None:
        self.at, self.told, self.number = at, told, 0
        self._lock = threading.Lock()

    def passed(self, name: str) -> None:
        with self._lock:
            self.number += 1
            os.write(self.told, f"{name}\n".encode())
            if self.number == self.at:
                os.kill(os.getpid(), signal.SIGKILL)


def install(clock: Clock) -> None:
    """Hook the commits of every connection, the answers of Stripe, providers and partners, and stored objects."""
    _commits(clock)
    _after(clock, requests.adapters.HTTPAdapter, "send", lambda asked: f"{asked.method} {asked.path_url}")
    _after_async(clock, httpx2.AsyncClient, "send", lambda asked: f"{asked.method} {asked.url.path}")
    _after_links(clock)
    _after(clock, FileSystemStorage, "save", lambda name: f"storing in {name.split('/')[-2]}")


def _commits(clock: Clock) -> None:
    commit = BaseDatabaseWrapper._commit

    def killable(wrapper: BaseDatabaseWrapper) -> Any:
        clock.passed("before a commit")
        answer = commit(wrapper)
        clock.passed("after a commit")
        return answer

    def alone(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """A statement outside of transactions is one by itself."""
        if not context["connection"].get_autocommit() or READS.match(str(sql)):
            return execute(sql, params, many, context)
        what = " ".join(str(sql).split()[:3])
        clock.passed(f"before {what} alone")
        answer = execute(sql, params, many, context)
        clock.passed(f"after {what} alone")
        return answer

    def connected(connection: BaseDatabaseWrapper, **_: Any) -> None:
        connection.execute_wrappers.append(alone)

    BaseDatabaseWrapper._commit = killable
    connection_created.connect(connected, weak=False)


def _after(clock: Clock, owner: type, method: str, name: Callable[[Any], str]) -> None:
    original = getattr(owner, method)

    def killable(self: Any, first: Any, *args: Any, **options: Any) -> Any:
        answer = original(self, first, *args, **options)
        clock.passed(f"after {name(first)}")
        return answer

    setattr(owner, method, killable)


def _after_links(clock: Clock) -> None:
    fetch = safe_http.fetch

    def killable(url: str, **options: Any) -> Any:
        answer = fetch(url, **options)
        clock.passed("after the answer of a partner")
        return answer

    safe_http.fetch = killable


def _after_async(clock: Clock, owner: type, method: str, name: Callable[[Any], str]) -> None:
    original = getattr(owner, method)

    async def killable(self: Any, first: Any, *args: Any, **options: Any) -> Any:
        answer = await original(self, first, *args, **options)
        clock.passed(f"after {name(first)}")
        return answer

    setattr(owner, method, killable)
