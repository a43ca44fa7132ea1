"""Health of each model, judged by recent calls or, if there were none, by asking its provider."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from core.database import clock
from generation.models import (
    Cause,
    Circuit,
    CircuitState,
    HealthStatus,
    ImageModel,
    ModelHealth,
    Pace,
    StoreCircuit,
)

WINDOW = timedelta(minutes=10)
LISTED = timedelta(minutes=15)
"""How long a provider's answer that it knows a model counts."""
FEW, MOST = 0.2, 0.8
"""Shares of calls lost through the provider from which on a model struggles, and is down."""
RECOVERED = timedelta(minutes=2)
"""How long no call may have failed, and one have succeeded since, until earlier failures no longer count."""
LEAST = 3
"""Number of failures below which no share is judged."""
SHORT = timedelta(seconds=5)
_LATELY = """
    SELECT model_id, count(*) FILTER (WHERE outcome = 'succeeded'),
           count(*) FILTER (WHERE blame IN ('provider', 'limit')),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - started_at)::double precision)
               FILTER (WHERE outcome = 'succeeded'),
           max(ended_at) FILTER (WHERE blame IN ('provider', 'limit')),
           max(ended_at) FILTER (WHERE outcome = 'succeeded')
    FROM generation_attempt
    WHERE provider_id IN (SELECT slug FROM generation_provider WHERE slug <> 'test')
        AND started_at > %s AND ended_at IS NOT NULL AND model_id IS NOT NULL
    GROUP BY model_id
"""

UNAVAILABLE = "It is not taking orders right now. Nothing is charged; choose another model."
FAILING = "Its provider is failing. Orders wait up to ten minutes and cost nothing if it does not recover."
UNSTORED = (
    "Our storage does not answer. Orders wait up to ten minutes and cost nothing if it does not recover."
)
BUSY = "Its provider is busy and accepts images one at a time."
SHAKY = "Some calls fail and are retried. What is not delivered is not charged."
GONE = "Its provider no longer has this model."
WORKS = "Images were made with it in the last ten minutes."
KNOWN = "Its provider is up and lists it."
QUIET = "Nobody has used it lately."


@dataclass(frozen=True, slots=True)
class RecentCalls:
    """A model's calls that ended within the window; `seconds` is the median duration of successful ones."""

    succeeded: int = 0
    failed: int = 0
    seconds: float | None = None
    failed_at: datetime | None = None
    succeeded_at: datetime | None = None

    @property
    def lost(self) -> float:
        """The share of calls lost through the provider."""
        return self.failed / max(1, self.succeeded + self.failed)

    def are_bad(self, share: float) -> bool:
        """Return whether so large a share was lost, and no recovery has been seen since."""
        if self.failed < LEAST or self.lost < share or self.failed_at is None:
            return False
        has_succeeded = self.succeeded_at is not None and self.succeeded_at > self.failed_at
        return not (has_succeeded and self.failed_at < timezone.now() - RECOVERED)


def update_all() -> int:
    """Update the stored health of every model. Safe to run at any time.

    Returns:
        The number of models whose status changed.
    """
    now = clock.now()
    lately = _recent_calls(now - WINDOW)
    circuits = {one.provider_id: one for one in Circuit.objects.exclude(state=CircuitState.CLOSED)}
    paused = set(Pace.objects.filter(paused_until__gt=now + SHORT).values_list("provider", "model"))
    is_unstored = StoreCircuit.objects.filter(is_open=True).exists()
    before = {one.model_id: one for one in ModelHealth.objects.all()}
    rows, changed = [], 0
    for model in ImageModel.objects.order_by("slug"):
        health = before.get(model.slug) or ModelHealth(model=model)
        calls = lately.get(model.slug, RecentCalls())
        pausing = (model.provider_id, model.limited_as) in paused
        status, reason = assess(model, health, calls, circuits.get(model.provider_id), pausing=pausing)
        if is_unstored and status != HealthStatus.DOWN:
            status, reason = HealthStatus.DOWN, UNSTORED
        if status != health.status:
            health.status, health.since = status, now
            changed += 1
        health.reason, health.checked_at = reason, now
        health.seconds = calls.seconds if calls.seconds is not None else health.seconds
        rows.append(health)
    written = ("status", "reason", "since", "checked_at", "seconds")
    ModelHealth.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["model"], update_fields=written
    )
    return changed


def assess(
    model: ImageModel, health: ModelHealth, calls: RecentCalls, circuit: Circuit | None, *, pausing: bool
) -> tuple[HealthStatus, str]:
    """Judge a model's status and the reason, from most to least urgent.

    `circuit` is its provider's, or None if that is closed.
    """
    is_shut = circuit is not None and circuit.cause in {Cause.KEY, Cause.FUNDS}
    is_listed = health.listed_at is not None and health.listed_at > timezone.now() - LISTED
    known = (
        (model.vanished_at is not None, HealthStatus.DOWN, GONE),
        (is_shut or health.denied_at is not None, HealthStatus.DOWN, UNAVAILABLE),
        (circuit is not None, HealthStatus.DOWN, FAILING),
        (calls.are_bad(MOST), HealthStatus.DOWN, FAILING),
        (pausing, HealthStatus.STRUGGLING, BUSY),
        (calls.are_bad(FEW), HealthStatus.STRUGGLING, SHAKY),
        (calls.succeeded > 0, HealthStatus.HEALTHY, WORKS),
        (is_listed, HealthStatus.HEALTHY, KNOWN),
    )
    return next(((status, why) for holds, status, why in known if holds), (HealthStatus.UNKNOWN, QUIET))


def _recent_calls(since: datetime) -> dict[str, RecentCalls]:
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [since])
        rows: list[Any] = cursor.fetchall()
    return {model: RecentCalls(*counted) for model, *counted in rows}
