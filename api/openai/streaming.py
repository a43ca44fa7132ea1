"""OpenAI's stream events (openai-python `types/image_gen_stream_event.py`)."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pybase64

from api.costs import headers
from api.costs.headers import MEMBER, Cost
from api.openai import errors, responses
from api.openai.submission import StartedCall
from api.problems import explain
from api.waiting.waiters import follow_generation
from core import ids
from core.database.asynchronous import in_db_thread
from core.errors import Refusal
from generation.catalog.sizes import AUTO
from generation.events.listener import StreamedEvent
from generation.events.sse import FINAL
from generation.media import storage
from generation.media.storage import StorageError
from generation.models import Image, ImageStatus

EARLY: Final = 3.0
"""Seconds in which a failing call is still answered by an error's status instead of a stream with an
error."""
PING: Final = 15.0
LONGEST: Final = 900.0


@dataclass(slots=True)
class Stream:
    """The events of one call.

    Attributes:
        started: the call.
        kind: `image_generation` or `image_edit`, as the events' types begin.
        sent: images whose completion was sent.
    """

    started: StartedCall
    kind: str
    sent: set[uuid.UUID] = field(default_factory=set)

    async def open(self) -> AsyncIterator[bytes]:
        """Start the events once it is clear that the call does not fail at once.

        Raises:
            Refusal: it failed; nothing was charged.
        """
        told: asyncio.Queue[StreamedEvent | None] = asyncio.Queue()
        listening = asyncio.create_task(self._listen(told))
        first = None
        try:
            with suppress(TimeoutError):
                first = await asyncio.wait_for(_interesting(told), EARLY)
            if (
                first
                and first.kind in FINAL
                and (refusal := await in_db_thread(_refusal)(self.started.generation))
            ):
                raise refusal  # noqa: TRY301 -- the task is to end here too
        # Also when the client disconnects now.
        except BaseException:
            listening.cancel()
            raise
        return self._written(first, told, listening)

    async def _listen(self, told: "asyncio.Queue[StreamedEvent | None]") -> None:
        asked = self.started.asked
        begun = 0.0 if self.started.replayed else asked.begun
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                async for happening in follow_generation(
                    asked.token.workspace_id, self.started.generation, begun
                ):
                    told.put_nowait(happening)
        told.put_nowait(None)

    async def _written(
        self,
        first: StreamedEvent | None,
        told: "asyncio.Queue[StreamedEvent | None]",
        listening: "asyncio.Task[None]",
    ) -> AsyncIterator[bytes]:
        try:
            happening = first
            while True:
                if happening:
                    try:
                        events = await in_db_thread(self._events)(happening)
                    except Refusal as refusal:
                        yield _error(refusal)
                        return
                    for event in events:
                        yield event
                    if happening.kind in FINAL:
                        return
                happening = None
                try:
                    happening = await asyncio.wait_for(told.get(), PING)
                    if happening is None:
                        return
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            listening.cancel()

    def _events(self, happening: StreamedEvent) -> list[bytes]:
        """Translate an event for the client: partial images, finished ones, an error, or nothing."""
        if happening.kind in FINAL:
            finished = self._completed(Image.objects.filter(generation=self.started.generation))
            refusal = None if self.sent else _refusal(self.started.generation)
            return finished + ([_error(refusal)] if refusal else [])
        key = ids.parse("img", str(happening.data.get("id")))
        images = Image.objects.filter(pk=key) if key else Image.objects.none()
        match happening.kind:
            case "image.stored":
                return self._completed(images)
            case "image.preview":
                return [
                    event for image in images if image.preview for event in self._partial(image, happening)
                ]
            case _:
                return []

    def _completed(self, images: Any) -> list[bytes]:
        stored = images.filter(status=ImageStatus.STORED, deleted_at=None).select_related("generation")
        found = headers.with_figures(stored).order_by("index")
        return [self._complete(image) for image in found if image.pk not in self.sent]

    def _complete(self, image: Image) -> bytes:
        self.sent.add(image.pk)
        data = responses.original(image)
        facts = {
            "created_at": int((image.finished_at or image.created_at).timestamp()),
            "quality": AUTO,
            **responses.describe_output(image.generation, image, data[:32]),
            "usage": responses.usage([image]),
            MEMBER: Cost.of(image.generation, headers.figures(image)).member,
        }
        return self._picture("completed", facts, data)

    def _partial(self, image: Image, happening: StreamedEvent) -> list[bytes]:
        try:
            data = storage.get(image.preview)
        except StorageError:
            # The next one, or the image itself, comes instead.
            return []
        generation = image.generation
        facts = {
            "created_at": int(time.time()),
            "partial_image_index": int(happening.data.get("number", 1)) - 1,
            "background": generation.background or AUTO,
            "output_format": "webp",
            "quality": generation.quality if generation.quality in responses.QUALITIES else AUTO,
            "size": f"{generation.width}x{generation.height}" if generation.width else AUTO,
        }
        return [self._picture("partial_image", facts, data)]

    def _picture(self, what: str, facts: dict[str, Any], data: bytes) -> bytes:
        """Build an event around base64 that no JSON encoder has to walk through."""
        kind = f"{self.kind}.{what}"
        head = json.dumps({"type": kind, **facts})[:-1]
        return (
            f"event: {kind}\ndata: {head},".encode() + b'"b64_json":"' + pybase64.b64encode(data) + b'"}\n\n'
        )


async def _interesting(told: "asyncio.Queue[StreamedEvent | None]") -> StreamedEvent | None:
    while True:
        happening = await told.get()
        if (
            happening is None
            or happening.kind in FINAL
            or happening.kind in {"image.stored", "image.preview"}
        ):
            return happening


def _refusal(generation: uuid.UUID) -> Refusal | None:
    """Explain why there is no image; None if there is one."""
    images = list(Image.objects.filter(generation=generation).order_by("index"))
    stored = any(image.status == ImageStatus.STORED and image.deleted_at is None for image in images)
    return None if stored else responses.failure_of(images)


def _error(refusal: Refusal) -> bytes:
    return _frame("error", {"error": errors.error_body(explain(refusal))})


def _frame(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()
