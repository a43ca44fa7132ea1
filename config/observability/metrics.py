"""Prometheus metrics: this process's own, and those of the whole product read from the database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from api.models import DisabledReason
from api.webhooks import backlog
from billing.reconciliation import run
from config.backups import records
from config.observability import health, shared_metrics, snapshots
from config.observability.health import WORKER_SILENCE
from config.version import version
from core.database import clock
from generation.models import CircuitState, HealthStatus, Image, ImageModel, Pace, Provider, StoreCircuit

RECENTLY = timedelta(minutes=5)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return Prometheus text to bearers of METRICS_TOKEN; to nobody if none is set."""
    token = settings.METRICS_TOKEN
    if not token or not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        answer = HttpResponse(
            "Show METRICS_TOKEN as a bearer token.\n", status=401, content_type="text/plain"
        )
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Product())
    text = generate_latest(_own()) + generate_latest(registry)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _own() -> CollectorRegistry:
    """Return what this process has counted, with what the others behind its port have."""
    if not shared_metrics.is_shared():
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


class _Product:
    """Metrics that every process would report alike; each is one query on an index or a small table."""

    def collect(self) -> Iterator[Metric]:
        """Query the database at the moment of the scrape."""
        now = clock.now()
        build = GaugeMetricFamily(
            "createio_build_info", "1 for the version that answers.", labels=("version",)
        )
        build.add_metric((version(),), 1)
        yield build
        yield from _readiness()
        jobs = GaugeMetricFamily("createio_jobs", "Jobs in the queue.", labels=("queue", "status"))
        waiting = ProcrastinateJob.objects.filter(status__in=("todo", "doing", "failed"))
        for queue, status, number in waiting.values_list("queue_name", "status", Count("id")).order_by():
            jobs.add_metric((queue, status), number)
        yield jobs
        oldest = waiting.filter(status="todo", scheduled_at=None).aggregate(
            at=Min("procrastinateevent__at"),
        )["at"]
        yield GaugeMetricFamily(
            "createio_oldest_job_seconds",
            "How long the oldest job that could run has waited.",
            (now - oldest).total_seconds() if oldest else 0,
        )
        backup = records.last()
        if backup is not None:
            yield GaugeMetricFamily(
                "createio_backup_age_seconds",
                "Since the moment of the last backup that is known; not there if none is.",
                (now - backup.made_at).total_seconds(),
            )
        proof = run.latest()
        if proof is not None:
            yield GaugeMetricFamily(
                "createio_reconciliation_differences",
                "What the last proof of the books has found; not there before the first.",
                len(proof.differences),
            )
        alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - WORKER_SILENCE).count()
        yield GaugeMetricFamily("createio_workers", "Workers that reported lately.", alive)
        yield GaugeMetricFamily(
            "createio_store_open",
            "1 while nothing can be stored, so that no provider is called.",
            StoreCircuit.objects.filter(is_open=True).count(),
        )
        yield from _snapshots()
        images = GaugeMetricFamily(
            "createio_images_recent", "Images of the last five minutes.", labels=("status", "reason")
        )
        # Ids are UUIDv7, which begin with milliseconds: the primary key's index finds what is recent.
        since = UUID(int=int((now - RECENTLY).timestamp() * 1000) << 80)
        recent = Image.objects.filter(pk__gt=since)
        for status, reason, number in recent.values_list("status", "reason", Count("pk")).order_by():
            images.add_metric((status, reason), number)
        yield images
        yield from _webhooks(now)
        yield from _providers(now)


def _readiness() -> Iterator[Metric]:
    """Report what `/readyz` says of the process that is scraped."""
    ready, degraded, _ = health.state()
    yield GaugeMetricFamily("createio_ready", "1 while this process can answer requests.", int(ready))
    parts = GaugeMetricFamily(
        "createio_degraded", "1 for what does not work, though requests are answered.", labels=("part",)
    )
    for name in health.WANTED:
        parts.add_metric((name,), int(name in degraded))
    yield parts


def _snapshots() -> Iterator[Metric]:
    """Report how old the oldest snapshot is that keeps vacuum from its work, by who keeps it."""
    seconds = GaugeMetricFamily(
        "createio_oldest_snapshot_seconds", "Since when a snapshot is kept.", labels=("holder",)
    )
    transactions = GaugeMetricFamily(
        "createio_oldest_snapshot_transactions", "Transactions begun since then.", labels=("holder",)
    )
    for one in snapshots.oldest():
        seconds.add_metric((one.holder,), one.seconds)
        transactions.add_metric((one.holder,), one.transactions)
    yield seconds
    yield transactions


def _webhooks(now: datetime) -> Iterator[Metric]:
    """Report what partners have not been told yet, and the endpoints that take nothing."""
    found = backlog.measure()
    late = found.overdue_since
    yield GaugeMetricFamily(
        "createio_webhooks_waiting", "Deliveries that are not at their end.", found.waiting
    )
    yield GaugeMetricFamily(
        "createio_webhooks_overdue_seconds",
        "How long the first delivery has been due that nobody has taken, of endpoints that don't fail.",
        (now - late).total_seconds() if late else 0,
    )
    yield GaugeMetricFamily(
        "createio_webhooks_failing_endpoints", "Endpoints whose last try failed.", found.failing
    )
    disabled = GaugeMetricFamily(
        "createio_webhooks_disabled_endpoints", "Endpoints that are switched off.", labels=("reason",)
    )
    for reason in DisabledReason.values:
        disabled.add_metric((reason,), found.disabled.get(reason, 0))
    yield disabled


def _providers(now: datetime) -> Iterator[Metric]:
    """Report whether providers are called, their limits, and their models' health: a row each."""
    circuits = GaugeMetricFamily(
        "createio_provider_circuit", "1 for the state that it is in.", labels=("provider", "state")
    )
    for slug, state in Provider.objects.values_list("slug", "circuit__state"):
        for one in CircuitState:
            circuits.add_metric((slug, one), int(one == (state or CircuitState.CLOSED)))
    yield circuits
    paused = GaugeMetricFamily(
        "createio_provider_paused_seconds",
        "For how long a model, and those that share its limits, may not be called yet, as its provider asked.",
        labels=("provider", "model"),
    )
    limits = GaugeMetricFamily(
        "createio_provider_calls_per_minute",
        "What a provider allows for a model, and those that share its limits, as it told.",
        labels=("provider", "model"),
    )
    inputs = GaugeMetricFamily(
        "createio_provider_input_images_per_minute",
        "How many references a provider allows likewise.",
        labels=("provider", "model"),
    )
    for pace in Pace.objects.all():
        place = pace.provider_id, pace.model_id
        left = (pace.paused_until - now).total_seconds() if pace.paused_until else 0
        paused.add_metric(place, max(0, left))
        if pace.per_minute is not None:
            limits.add_metric(place, pace.per_minute)
        if pace.input_images_per_minute is not None:
            inputs.add_metric(place, pace.input_images_per_minute)
    yield paused
    yield limits
    yield inputs
    health = GaugeMetricFamily(
        "createio_model_health", "1 for the status that it has.", labels=("model", "status")
    )
    for slug, status in ImageModel.objects.values_list("slug", "health__status"):
        for known in HealthStatus:
            health.add_metric((slug, known), int(known == (status or HealthStatus.UNKNOWN)))
    yield health
