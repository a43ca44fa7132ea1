"""The image engine's part of the operators' dashboard: cost, reliability and queue."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Sum
from django.urls import reverse
from django.utils import timezone

from billing.accounting.dashboard import MOST, short_amount
from billing.accounting.revenue import rounded_cents
from billing.ledger.statement import first_id
from core.dashboard import LIVE, Gauge, PendingItem, age_in_words, changelist_url
from generation import sql
from generation.models import Appeal, Circuit, CircuitState, ImageStatus, Provider, Reason
from generation.reporting import costs, speed
from generation.reporting.costs import MICROS, Cost
from generation.reporting.speed import Speed

WITHHELD = (Reason.MODERATION_INPUT, Reason.MODERATION_OUTPUT)
FAILURES = ",".join(sorted(set(Reason) - {*WITHHELD, Reason.CANCELED}))
HOUR = dt.timedelta(hours=1)
OFTEN, TOO_OFTEN = 0.02, 0.1
"""Failure rates (of all finished images) from which somebody should look."""
LONG = dt.timedelta(minutes=2)
THIN, THINNER = 0.4, 0.3
"""Margins below which a model is marked."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model in the table of margins, as texts; tones as of gauges."""

    label: str
    href: str
    images: int
    images_href: str
    revenue: str
    cost: str
    margin: str
    margin_tone: str
    failed: str
    failed_href: str
    failed_tone: str
    p95: str
    lost: str
    lost_href: str


def margins(since: dt.date, until: dt.date) -> tuple[list[Gauge], list[ModelRow]]:
    """Return margin and cost without delivery of these days, overall and for each model."""
    rows = costs.by_day_and_model(since, until)
    speeds = speed.by_model(since, until)
    span, days = f"?days={(until - since).days}", costs.by_day(rows)
    whole = costs.total(rows)
    address = f"{reverse('admin:generation_costs')}{span}"
    share, tone = _share(whole)
    lost = rounded_cents(Decimal(whole.lost if whole else 0) / MICROS)
    gauges = [
        Gauge("Margin", share, address, short_amount(rounded_cents(whole.margin)) if whole else "", tone, [row.margin for row in days]),
        Gauge(
            "Cost without delivery", short_amount(lost), _attempts(since, is_loss__exact=1), "ours to bear", "",
            [row.lost for row in days],
        ),
    ]  # fmt: skip
    return gauges, [_model(row, speeds.get(row.model), since, address) for row in costs.by_model(rows)]


def system_gauges() -> list[Gauge]:
    """Return gauges of the last hour, and of the queue now."""
    now = timezone.now()
    since = uuid.UUID(int=int((now - HOUR).timestamp() * 1000) << 80)
    (_, stored, failed, withheld, percentiles), *buckets = _ask("machine", {"since": since})
    ((waiting, running, oldest),) = _ask("queue", {})
    places = Provider.objects.filter(is_enabled=True).aggregate(places=Sum("max_in_flight", default=0))[
        "places"
    ]
    ended = stored + failed + withheld
    p50, p95 = percentiles or (None, None)
    is_slow = oldest is not None and now - oldest > LONG
    counted = {"id__gte": since, **LIVE}
    return [
        Gauge(
            "Failure rate", _percent(failed, ended), changelist_url("generation.image", {**counted, "reason__in": FAILURES}),
            f"{failed:,} of {ended:,}", _failing(failed, ended), [row[2] / max(1, sum(row[1:4])) for row in buckets],
        ),
        Gauge(
            "Withheld", _percent(withheld, ended), changelist_url("generation.image", {**counted, "reason__in": ",".join(WITHHELD)}),
            f"{withheld:,} of {ended:,}", "", [row[3] / max(1, sum(row[1:4])) for row in buckets],
        ),
        Gauge(
            "p95, to image", _seconds(p95), changelist_url("generation.image", {**counted, "status__exact": ImageStatus.STORED.value}),
            f"p50 {_seconds(p50)}", "", [row[4][1] for row in buckets if row[4] and row[4][1] is not None],
        ),
        Gauge(
            "Waiting", f"{waiting:,}",
            changelist_url("generation.image", {"status__exact": ImageStatus.WAITING.value, "turn__isnull": False}),
            f"oldest {age_in_words(oldest, now)}" if oldest else "nobody waits", "warn" if is_slow else "",
        ),
        Gauge(
            "Running", f"{running:,}", changelist_url("generation.image", {"status__exact": ImageStatus.RUNNING.value}), f"of {places:,}"
        ),
    ]  # fmt: skip


def open_circuits() -> Gauge:
    """Count the providers that are called only to probe them."""
    states = (CircuitState.OPEN.value, CircuitState.HALF_OPEN.value)
    found = Circuit.objects.filter(state__in=states).order_by("since").select_related("provider")
    names = ", ".join(circuit.provider.name for circuit in found)
    href = changelist_url("generation.provider", {"circuit__state__in": ",".join(states)})
    return Gauge(
        "Open circuits", f"{len(found)}", href, names or "all providers are called", "bad" if names else ""
    )


def open_appeals() -> Gauge:
    """Count the open appeals."""
    now = timezone.now()
    found = Appeal.objects.filter(status=Appeal.Status.OPEN).aggregate(
        number=Count("pk"), oldest=Min("created_at")
    )
    return Gauge(
        "Open appeals", f"{found['number']:,}", changelist_url("generation.appeal", {"status__exact": Appeal.Status.OPEN.value}),
        f"oldest {age_in_words(found['oldest'], now)}" if found["oldest"] else "none", "warn" if found["number"] else "",
    )  # fmt: skip


def pending_items() -> Iterator[PendingItem]:
    """Yield open appeals, the oldest first."""
    appeals = (
        Appeal.objects.filter(status=Appeal.Status.OPEN).select_related("workspace").order_by("created_at")
    )
    for appeal in appeals[:MOST]:
        href = reverse("admin:generation_appeal_change", args=[appeal.pk])
        yield PendingItem("Appeal", str(appeal.workspace), href, "shield", appeal.created_at)


def _model(row: Cost, made: Speed | None, since: dt.date, address: str) -> ModelRow:
    made = made or Speed()
    stored, failed, p95 = made.stored, made.failed, made.percentile(0.95)
    share, tone = _share(row)
    ordered = {"generation__model__slug__exact": row.model, "id__gte": first_id(since), **LIVE}
    return ModelRow(
        label=row.label,
        href=f"{address}&model={row.model}",
        images=stored,
        images_href=changelist_url(
            "generation.image", {**ordered, "status__exact": ImageStatus.STORED.value}
        ),
        revenue=short_amount(rounded_cents(row.revenue)),
        cost=short_amount(rounded_cents(Decimal(row.cost) / MICROS)),
        margin=share,
        margin_tone=tone,
        failed=_percent(failed, stored + failed),
        failed_href=changelist_url("generation.image", {**ordered, "reason__in": FAILURES}),
        failed_tone=_failing(failed, stored + failed),
        p95=_seconds(p95),
        lost=short_amount(rounded_cents(Decimal(row.lost) / MICROS)),
        lost_href=_attempts(since, is_loss__exact=1, image__generation__model__slug__exact=row.model),
    )


def _attempts(since: dt.date, **filters: object) -> str:
    return changelist_url("generation.attempt", {**filters, "id__gte": first_id(since)})


def _share(row: Cost | None) -> tuple[str, str]:
    """Word the margin as a share of revenue, with its tone."""
    if row is None or row.share is None:
        return "\N{EN DASH}", ""
    share = float(row.share)
    tone = "bad" if share < THINNER else "warn" if share < THIN else ""
    return f"{share:.1%}".replace("%", " %").replace("-", "\N{MINUS SIGN}"), tone


def _failing(failed: int, ended: int) -> str:
    rate = failed / ended if ended else 0
    return "bad" if rate > TOO_OFTEN else "warn" if rate > OFTEN else ""


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}".replace("%", " %") if whole else "\N{EN DASH}"


def _seconds(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.1f} s" if value < 10 else f"{value:.0f} s"  # noqa: PLR2004 -- two digits


def _ask(name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.read(name), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
