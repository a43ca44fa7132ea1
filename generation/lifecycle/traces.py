"""A generation's trace: its order and each of its images, from the request to the announcement, over all processes.

Ids are derived from those of the generation and its images, so nothing is stored, and no job hands anything on. They
are hashed: samplers go by a trace id's lower half, which of a UUID is not uniform. Without traces nothing is done.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b

from opentelemetry.trace import Span

from core import ids
from core.outputs import tracing
from core.outputs.tracing import Place
from generation.lifecycle.claims import ClaimedImage
from generation.models import Generation
from generation.providers.contract import ProviderFailure

_MILLISECONDS = 80
"""Bits behind a UUIDv7's milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, by both clocks."""

    nanoseconds: int = field(default_factory=tracing.now)
    monotonic: float = field(default_factory=time.monotonic)


def order_place(generation: uuid.UUID) -> Place:
    """Return where the order of a generation stands: at the beginning of its trace."""
    return Place(_hashed(generation, 16), _hashed(generation, 8))


def image_place(generation: uuid.UUID, image: uuid.UUID) -> Place:
    """Return where an image stands in its generation's trace."""
    return Place(_hashed(generation, 16), _hashed(image, 8))


def record_order(generation: Generation, began: int, quoted: int) -> None:
    """Record an order that is committed, and link it with the request that brought it.

    Args:
        generation: the order's.
        began: when it arrived, in nanoseconds since 1970.
        quoted: when its price was known.
    """
    if not tracing.is_on():
        return
    now, place, request = tracing.now(), order_place(generation.pk), tracing.current()
    about = _about(generation.workspace_id, generation.pk) | {
        "createio.model": generation.model_id,
        "createio.images": generation.count,
        "createio.credits": generation.credits,
    }
    tracing.record("order", began, now, at=place, links=[request] if request else [], about=about)
    tracing.record("quote", began, quoted, within=place)
    tracing.record("submit", quoted, now, within=place)
    tracing.link(place)


def record_claim(work: ClaimedImage, asked: Moment) -> None:
    """Record how long an image was queued, before its first attempt, and how long its claim took."""
    if not tracing.is_on():
        return
    place = image_place(work.generation, work.image)
    if work.began >= asked.monotonic:
        tracing.record("queued", _made_at(work.image), asked.nanoseconds, within=place)
    tracing.record("claim", asked.nanoseconds, tracing.now(), within=place)


def attempt(work: ClaimedImage) -> AbstractContextManager[Span]:
    """Measure an attempt, with all that is done in it."""
    if not tracing.is_on():
        return tracing.span("attempt")
    about = _about(work.workspace, work.generation, work.image) | {"createio.attempt": str(work.attempt)}
    return tracing.span("attempt", within=image_place(work.generation, work.image), about=about)


@contextmanager
def provider_call(work: ClaimedImage) -> Iterator[None]:
    """Measure a paid call; one that failed says why, by a reason from the closed list."""
    about: dict[str, tracing.Value] = {"createio.provider": work.provider, "createio.model": work.model}
    with tracing.span("provider call", about=about) as span:
        try:
            yield
        except ProviderFailure as failure:
            span.set_attribute("createio.reason", str(failure.reason))
            raise


def record_image(
    workspace: uuid.UUID, generation: uuid.UUID, image: uuid.UUID, *, reason: str = "", in_batch: bool
) -> None:
    """Record an image that has ended, with all that became of it.

    Args:
        workspace: its workspace.
        generation: its generation.
        image: the image.
        reason: why it failed; empty if it is stored.
        in_batch: whether a batch has ordered it, whose generations have no order of their own.
    """
    if not tracing.is_on():
        return
    about = _about(workspace, generation, image) | {"createio.status": "failed" if reason else "stored"}
    if reason:
        about["createio.reason"] = reason
    tracing.record(
        "image",
        _made_at(image),
        tracing.now(),
        at=image_place(generation, image),
        within=None if in_batch else order_place(generation),
        about=about,
    )


def _about(
    workspace: uuid.UUID, generation: uuid.UUID, image: uuid.UUID | None = None
) -> dict[str, tracing.Value]:
    about: dict[str, tracing.Value] = {
        "createio.workspace": ids.public("wsp", workspace),
        "createio.generation": ids.public("gen", generation),
    }
    return about | ({"createio.image": ids.public("img", image)} if image else {})


def _made_at(image: uuid.UUID) -> int:
    """Read from an id when it was made, in nanoseconds since 1970 (RFC 9562, section 5.7)."""
    return (image.int >> _MILLISECONDS) * 1_000_000


def _hashed(value: uuid.UUID, size: int) -> int:
    return int.from_bytes(blake2b(value.bytes, digest_size=size).digest())
