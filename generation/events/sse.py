"""Resumable event streams: Server-Sent Events (HTML standard, section 9.2) from rows and notifications."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final

from django.db import Error
from django.http import HttpResponse, StreamingHttpResponse

from core.database import availability
from core.database.asynchronous import in_db_thread
from core.inputs import parsing
from generation.events import stream_limits
from generation.events.listener import StreamedEvent, event_listener
from generation.models import Event, Generation

PING = 15.0
AGAIN = 2.0
"""Seconds until events are read again after the database was unavailable."""
MAX_DURATION = 600.0
"""Seconds after which a stream ends by itself: the client reconnects, and its access is checked again."""
PAGE = 200
FINAL = frozenset({"generation.succeeded", "generation.partial", "generation.failed", "generation.canceled"})

TYPE: Final = "text/event-stream"
HEADERS: Final = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    # Else Chromium reads on for five seconds after a page has left, to use the connection again.
    "Connection": "close",
}

type Dress = Callable[[StreamedEvent], dict[str, Any]]


def response(
    workspace: uuid.UUID,
    *,
    person: uuid.UUID | None = None,
    generation: uuid.UUID | None = None,
    after: int | None = None,
    dress: Dress | None = None,
) -> StreamingHttpResponse:
    """Return an event stream of a workspace, or of one of its generations until that is finished.

    The caller has checked that the reader may, and that the number of streams allows it. Only for the live process:
    under WSGI it would hold a thread.

    Args:
        workspace: whose events.
        person: who reads; None for a program.
        generation: one of its generations, to watch only that; then all of its past events come first.
        after: id of the last event that the reader has seen; None means from now on.
        dress: builds an event's public data from its row, for example with URLs; by default the row's data.
    """
    return StreamingHttpResponse(
        _limited(workspace, person, _written(workspace, generation, after, dress or _plain)),
        content_type=TYPE,
        headers=HEADERS,
    )


def without_events() -> HttpResponse:
    """Return what `response` begins with, for HEAD."""
    return HttpResponse(content_type=TYPE, headers=HEADERS)


def is_over(generation: Generation, after: int) -> bool:
    """Return whether nothing follows the event `after`, ever.

    Told to a watcher by 204, since an EventSource connects again until it hears that (HTML standard, section 9.2).
    """
    return generation.is_finished and not Event.objects.filter(generation=generation, id__gt=after).exists()


def resume_from(text: str | None) -> int | None:
    """Return the id that a `Last-Event-ID` header or an `after` parameter names; None if it names none."""
    return parsing.number(text or "", most=parsing.FAR)


async def follow(
    workspace: uuid.UUID, generation: uuid.UUID | None, after: int | None
) -> AsyncGenerator[StreamedEvent | None]:
    """Yield the events after `after`, then those that happen; None now and then while nothing does.

    Events come in order and once each. Ids grow in the order of commits within a workspace (`sql/publish.sql`), so
    nothing below an id that was seen can appear later.
    """
    last: int | None = None
    async with event_listener().watch(workspace) as watcher:
        while True:
            if watcher.behind:
                watcher.behind = False
                try:
                    if last is None:
                        last = await in_db_thread(_starting_point)(workspace, generation, after)
                    while page := await in_db_thread(_page)(workspace, generation, last):
                        for happening in page:
                            last = happening.id
                            yield happening
                except Error as error:
                    if not availability.is_transient(error):
                        raise
                    watcher.behind = True
                    yield None
                    await asyncio.sleep(AGAIN)
                    continue
            try:
                async with asyncio.timeout(PING):
                    next_one = await watcher.queue.get()
            except TimeoutError:
                yield None
                continue
            if (
                next_one
                and last is not None
                and next_one.id > last
                and generation in {None, next_one.generation}
            ):
                last = next_one.id
                yield next_one


async def _limited(
    workspace: uuid.UUID, person: uuid.UUID | None, frames: AsyncGenerator[bytes]
) -> AsyncIterator[bytes]:
    """Yield the frames while the stream is counted; nothing if the limit was reached since the check."""
    with stream_limits.take_slot(workspace, person) as free:
        async with aclosing(frames):
            if free:
                async for frame in frames:
                    yield frame


async def _written(
    workspace: uuid.UUID, generation: uuid.UUID | None, after: int | None, dress: Dress
) -> AsyncGenerator[bytes]:
    end = asyncio.get_running_loop().time() + MAX_DURATION
    yield b"retry: 2000\n\n"
    async with aclosing(follow(workspace, generation, after)) as events:
        async for happening in events:
            if happening is None:
                yield b": still here\n\n"
            else:
                yield _frame(happening, dress(happening))
                if generation and happening.kind in FINAL:
                    return
            if asyncio.get_running_loop().time() > end:
                return


def _frame(happening: StreamedEvent, data: dict[str, Any]) -> bytes:
    return f"id: {happening.id}\nevent: {happening.kind}\ndata: {json.dumps(data)}\n\n".encode()


def _plain(happening: StreamedEvent) -> dict[str, Any]:
    return happening.data


def _starting_point(workspace: uuid.UUID, generation: uuid.UUID | None, after: int | None) -> int:
    """Return the id behind which to begin; never one of the future, whose events would be left out."""
    if generation and not after:
        return 0
    newest = Event.objects.filter(workspace_id=workspace).order_by("-id").values_list("id", flat=True).first()
    return (newest or 0) if after is None else min(after, newest or 0)


def _page(workspace: uuid.UUID, generation: uuid.UUID | None, after: int) -> list[StreamedEvent]:
    found = Event.objects.filter(workspace_id=workspace, id__gt=after).order_by("id")
    if generation:
        found = found.filter(generation_id=generation)
    columns = found.values_list("id", "workspace_id", "generation_id", "kind", "data")[:PAGE]
    return [StreamedEvent(*row) for row in columns]
