"""What the end of a call means for its provider's circuit and rate limit, and for the list of models."""

import logging
import time
from typing import Protocol
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from generation.catalog import cache
from generation.models import Circuit, CircuitState, ImageModel, ModelHealth, Outcome, Pace, Provider
from generation.models.attempt import Blame
from generation.providers import model_access
from generation.providers.contract import DeliveredImage, ProviderFailure

LONGEST_PAUSE = 86_400.0
REMEMBERED_SECONDS = 60.0
"""Seconds after which a limit that this process has already stored is stored again."""
_ENDED = "SELECT generation_ended(%s, %s, %s, %s)"
_TOLD = """
    INSERT INTO generation_pace AS pace (
        provider_id, model_id, learned_at, per_minute, paused_until, input_images_per_minute, input_images_paused_until
    )
    SELECT %s, coalesce(shares_limits_of_id, slug), clock_timestamp(),
           %s::integer, clock_timestamp() + make_interval(secs => nullif(%s::double precision, 0)),
           %s::integer, clock_timestamp() + make_interval(secs => nullif(%s::double precision, 0))
    FROM generation_imagemodel WHERE slug = %s
    ON CONFLICT (provider_id, model_id) DO UPDATE
    SET learned_at = excluded.learned_at,
        per_minute = coalesce(excluded.per_minute, pace.per_minute),
        paused_until = greatest(pace.paused_until, excluded.paused_until),
        input_images_per_minute = coalesce(excluded.input_images_per_minute, pace.input_images_per_minute),
        input_images_paused_until = greatest(pace.input_images_paused_until, excluded.input_images_paused_until)
"""
_log = logging.getLogger(__name__)
_told: dict[tuple[str, str], tuple[tuple[int | None, int | None], float]] = {}


class EndedCall(Protocol):
    """A call that has ended: its attempt, its provider and the model that was called."""

    @property
    def attempt(self) -> UUID: ...  # noqa: D102 -- see claims.ClaimedImage
    @property
    def provider(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102


def record_end(call: EndedCall, came: DeliveredImage | ProviderFailure) -> None:
    """Record what a call's end means for later calls, and admit images that may now start.

    Never call it inside another transaction: it takes the provider's lock. If it is lost on the way, no harm is
    done: one failure fewer is counted, and the sweeper admits whatever waits.
    """
    _record_limits(call, came)
    blame = _blame(came)
    if blame == Blame.MODEL:
        _vanished(call, came)
    elif blame == Blame.ACCESS:
        model_access.deny(call.model, call.provider, str(came))
    elif isinstance(came, DeliveredImage) and _was_denied(call):
        model_access.allow(call.model)
    with connection.cursor() as cursor:
        error = came.error if isinstance(came, ProviderFailure) else ""
        cursor.execute(_ENDED, [call.provider, call.attempt, blame, error])
        (change,) = cursor.fetchone() or ("",)
    if change == "opened":
        _log.error("Calls to %s have stopped (%s): %s", call.provider, blame, error)
    elif change == "closed":
        _log.warning("Calls to %s go on.", call.provider)


def is_open(provider: str) -> bool:
    """Return whether a provider is called only to find out whether it works again."""
    return Circuit.objects.filter(provider=provider).exclude(state=CircuitState.CLOSED).exists()


def reset(provider: Provider) -> None:
    """Close a provider's circuit and drop its pauses, for operators who know better."""
    Circuit.objects.filter(provider=provider).update(
        state=CircuitState.CLOSED, cause="", failures=0, probe_at=None, told_at=None, since=Now()
    )
    Pace.objects.filter(provider=provider).update(paused_until=None, input_images_paused_until=None)
    cache.invalidate()


def _blame(came: DeliveredImage | ProviderFailure) -> str | None:
    """Return the cause of a failure; empty if the provider did its work, None if nothing follows."""
    if isinstance(came, DeliveredImage) or came.outcome is Outcome.REFUSED:
        return Blame.NOBODY
    return came.blame or None


def _was_denied(call: EndedCall) -> bool:
    """Return whether the model that delivered an image was denied to us, as far as this process knows."""
    known = cache.load()
    model = known.models.get(call.model)
    return (
        model is not None and model.provider_id == call.provider and known.health(model).denied_at is not None
    )


def _record_limits(call: EndedCall, came: DeliveredImage | ProviderFailure) -> None:
    """Store the limits and the pauses that came with an answer, unless they are known already."""
    told = came.allowance
    pause, inputs_pause = told.pause, told.input_images_pause
    if isinstance(came, ProviderFailure) and came.blame == Blame.LIMIT:
        if told.is_by_references:
            inputs_pause = max(inputs_pause, came.retry_after or 0)
        else:
            pause = max(pause, came.retry_after or 0)
    place, limits = (call.provider, call.model), (told.per_minute, told.input_images_per_minute)
    known, at = _told.get(place, (None, 0.0))
    is_known = limits == (None, None) or (limits == known and time.monotonic() - at < REMEMBERED_SECONDS)
    if max(pause, inputs_pause) <= 0 and is_known:
        return
    pauses = [min(max(one, 0.0), LONGEST_PAUSE) for one in (pause, inputs_pause)]
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [call.provider, limits[0], pauses[0], limits[1], pauses[1], call.model])
    if limits != (None, None):
        _told[place] = limits, time.monotonic()


def _vanished(call: EndedCall, came: DeliveredImage | ProviderFailure) -> None:
    """Stop a model's orders at once, since its provider says that there is no such model."""
    gone = ImageModel.objects.filter(slug=call.model, provider=call.provider, vanished_at=None)
    if gone.update(vanished_at=Now()):
        ModelHealth.objects.filter(model=call.model).update(vanish_told_at=None)
        cache.invalidate()
        _log.error("%s has no model %s any more; its orders are refused: %s", call.provider, call.model, came)
