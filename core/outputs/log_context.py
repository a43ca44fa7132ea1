"""Ids that every line of the log carries: of the request, job, generation, image and attempt that it is about.

They are context variables of structlog's. Tasks take them along by themselves, and so do our threads that work for
somebody; what serves everybody starts without them, by `start_detached`.
"""

import asyncio
import uuid
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from contextvars import Context
from types import MappingProxyType
from typing import Any, Final

from structlog import contextvars

from core import ids

KINDS: Final = MappingProxyType({"workspace": "wsp", "generation": "gen", "image": "img"})
"""Prefix of the public id, by the name under which an id is bound."""
NAMES: Final = ("request_id", *KINDS, "attempt", "task", "job")
"""All that is bound, in the order of a line."""

type Id = uuid.UUID | str | int


def begin(**known: Id) -> None:
    """Begin a piece of work on a thread that may have done another before: only these ids are known of it."""
    contextvars.clear_contextvars()
    contextvars.bind_contextvars(**known)


def bind(**known: Id) -> None:
    """Let this task's lines, and those of all that it starts from now on, carry these ids too."""
    contextvars.bind_contextvars(**known)


def bound(**known: Id) -> AbstractContextManager[None]:
    """Let the block's lines carry these ids too."""
    return contextvars.bound_contextvars(**known)


def known() -> dict[str, str]:
    """Return the ids that are bound, as people know them."""
    return {name: written(name, value) for name, value in contextvars.get_contextvars().items()}


def written(name: str, value: Id) -> str:
    """Write an id as people know it: `wsp_…`, `gen_…` and `img_…` for those that have a public form."""
    return ids.public(KINDS[name], value) if name in KINDS and isinstance(value, uuid.UUID) else str(value)


def start_detached(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task that serves everybody, and carries the ids of nobody who happened to be first."""
    return asyncio.create_task(work, context=Context())
