"""Spans: what took how long, over all processes, where somebody has asked for traces.

Nothing is measured until `use` was called, which `config.observability.traces` does. Attributes are ids, numbers and
closed words: no prompt, no key, no address of the web that opens a file, and of an exception only its class.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
    use_span,
)

REFUSED: Final = 400

type Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which trace: the ids are derived by whoever knows them, so that processes need not hand them on.

    Attributes:
        trace: 128 bits.
        span: 64 bits.
    """

    trace: int
    span: int


@dataclass(slots=True)
class _Tracing:
    """Whether this process measures."""

    tracer: Tracer | None = None
    is_sampled: Callable[[int], bool] = bool


_tracing = _Tracing()
chosen_place: Final[ContextVar[Place | None]] = ContextVar("chosen_place", default=None)
"""The ids of the span that is about to start, where they are not random."""


def use(tracer: Tracer | None, is_sampled: Callable[[int], bool] = bool) -> None:
    """Measure from now on; with None nothing is measured.

    Args:
        tracer: takes the ids of spans from `chosen_place`.
        is_sampled: whether a trace is kept, by its id alone, so that every process decides alike.
    """
    _tracing.tracer, _tracing.is_sampled = tracer, is_sampled


def is_on() -> bool:
    """Return whether anything is measured."""
    return _tracing.tracer is not None


def now() -> int:
    """Return the time in nanoseconds since 1970."""
    return time.time_ns()


def current() -> SpanContext | None:
    """Return the span that this is done in; None if there is none."""
    found = get_current_span().get_span_context()
    return found if found.is_valid else None


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    within: Place | None = None,
    is_wanted: bool = True,
    about: Mapping[str, Value] | None = None,
) -> Iterator[Span]:
    """Measure the block. An exception that leaves it marks it as failed, by its class alone.

    Args:
        name: of few words that are always the same.
        kind: the side of a call that this is.
        within: the span that it is part of, in whatever process that is; otherwise the one that this is done in.
        is_wanted: whether it is measured.
        about: its attributes.
    """
    if _tracing.tracer is None or not is_wanted:
        yield INVALID_SPAN
        return
    context = _context(within) if within else None
    started = _tracing.tracer.start_span(name, context, kind, about)
    with use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield started
        except BaseException as error:
            fail(started, type(error).__name__)
            raise


def record(
    name: str,
    began: int,
    ended: int,
    *,
    at: Place | None = None,
    within: Place | SpanContext | None = None,
    links: Sequence[SpanContext] = (),
    about: Mapping[str, Value] | None = None,
) -> None:
    """Record what has ended already.

    Args:
        name: as of `span`.
        began: in nanoseconds since 1970.
        ended: likewise.
        at: its own ids, if they are not random.
        within: the span that it is part of; without one it stands at the beginning of its trace.
        links: spans of other traces that led to it.
        about: its attributes.
    """
    if _tracing.tracer is None:
        return
    token = chosen_place.set(at)
    try:
        made = _tracing.tracer.start_span(
            name,
            _context(within),
            attributes=about,
            links=[Link(one) for one in links],
            start_time=began,
        )
    finally:
        chosen_place.reset(token)
    made.end(max(began, ended))


def http_call(method: str, host: str) -> AbstractContextManager[Span]:
    """Measure a call of another server, if it is part of something that is measured."""
    about: dict[str, Value] = {"http.request.method": method, "server.address": host}
    return span(method, SpanKind.CLIENT, is_wanted=is_on() and current() is not None, about=about)


def end_call(span: Span, status: int) -> None:
    """Say what the other server has answered."""
    span.set_attribute("http.response.status_code", status)
    if status >= REFUSED:
        fail(span, str(status))


def link(place: Place) -> None:
    """Say that the span that this is done in has led to another trace."""
    get_current_span().add_link(_span_context(place))


def fail(span: Span, kind: str) -> None:
    """Mark a span as failed, for a reason from a closed list."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)


def _context(within: Place | SpanContext | None) -> Context:
    if within is None:
        return Context()
    parent = _span_context(within) if isinstance(within, Place) else within
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _span_context(place: Place) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if _tracing.is_sampled(place.trace) else TraceFlags.DEFAULT)
    return SpanContext(place.trace, place.span, is_remote=True, trace_flags=flags)
