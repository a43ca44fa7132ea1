"""Whether a call's answer reached its client: what a retry that sends no count goes by."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from django.db import Error
from django.http import HttpRequest

from api.openai import retries
from api.openai.retries import PATIENCE, REAPPEARS, Connection, UnsettledError
from core.database.asynchronous import in_db_thread
from generation.events.listener import event_listener, presence

_ATTRIBUTE: Final = "delivery"
_log = logging.getLogger("createio.request")
_being_lost: set[asyncio.Task[None]] = set()
"""Losses that this process is writing down."""


class Delivery:
    """The answer to one request.

    Attributes:
        connection: to the call that it began or joined; None before, for a refusal, and with an Idempotency-Key.
        is_lost: whether the client is gone.
        is_unfinished: whether what is sent is no final answer, so that the same request may come again for it.
        is_counted: whether the client says of each request which retry it is.
    """

    __slots__ = ("connection", "is_counted", "is_lost", "is_unfinished")

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.is_lost = self.is_unfinished = self.is_counted = False

    @property
    def needs_grace(self) -> bool:
        """Whether a retry could be told by nothing but the loss of this answer."""
        return self.connection is not None and not self.is_counted

    def connect(self, one: Connection) -> None:
        """Remember what the request has begun. Called on the thread that begins it, maybe after the client has gone."""
        self.connection = one
        if self.is_lost:
            retries.lost(one)

    async def lose(self) -> None:
        """Write down that the client is gone."""
        self.is_lost = True
        if self.connection is None:
            # Whoever is about to begin the call sees it.
            return
        task = asyncio.create_task(self._write(lost=True))
        _being_lost.add(task)
        task.add_done_callback(_being_lost.discard)
        await asyncio.shield(task)

    async def before_sent(self) -> None:
        """Write down what the client may go by as soon as it has the answer: that the same request gets the image."""
        if self.is_unfinished:
            await self.lose()

    async def sent(self) -> None:
        """Write down that the answer was sent whole."""
        if self.connection is not None and not self.is_unfinished:
            await self._write(lost=False)

    async def _write(self, *, lost: bool) -> None:
        assert self.connection is not None, "there is something to write"
        try:
            await in_db_thread(retries.lost if lost else retries.answered)(self.connection)
        except Error as error:
            _log.warning("What became of call %s could not be written: %s", self.connection.call, error)


def delivery_of(request: HttpRequest) -> Delivery:
    """Return a request's delivery; one that nobody follows in a process that speaks WSGI."""
    found: Delivery = getattr(request, _ATTRIBUTE, None) or Delivery()
    return found


def follow(request: HttpRequest) -> Delivery:
    """Begin to follow what becomes of a request's answer."""
    delivery = Delivery()
    setattr(request, _ATTRIBUTE, delivery)
    return delivery


async def begin_settled[Started](attempt: Callable[..., Awaitable[Started]]) -> Started:
    """Begin a call once it is known of identical ones whether their answers were lost.

    Args:
        attempt: begins it; with `patient` it may raise `UnsettledError`, after which it is told whether that said orphaned.
    """
    if presence() is None:
        # Only of a process that is present can others tell that it has died.
        with suppress(TimeoutError):
            await asyncio.wait_for(event_listener().start(), PATIENCE)
    if _being_lost:
        await asyncio.wait(set(_being_lost), timeout=PATIENCE)
    try:
        return await attempt(patient=True, was_orphaned=False)
    except UnsettledError as unsettled:
        was_orphaned = unsettled.is_orphaned
    await asyncio.sleep(REAPPEARS if was_orphaned else PATIENCE)
    return await attempt(patient=False, was_orphaned=was_orphaned)
