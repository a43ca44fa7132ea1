"""Spans on their way to a collector, by OTLP over HTTP: in batches, from a thread, dropped when nobody takes them.

Settings of OpenTelemetry's own that stand in no file of ours, such as OTEL_BSP_SCHEDULE_DELAY, are read by its library.
"""

from typing import Final
from urllib.parse import unquote

from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_OFF,
    DEFAULT_ON,
    Decision,
    ParentBasedTraceIdRatio,
    Sampler,
    TraceIdRatioBased,
)

from config.version import version
from core.outputs import tracing

PATH: Final = "/v1/traces"
"""Behind the endpoint (OpenTelemetry's specification, OTLP exporter, endpoint URLs)."""


class ChosenIds(RandomIdGenerator):
    """Ids that were derived, for spans that other processes refer to; random ones for all others."""

    def generate_trace_id(self) -> int:
        """Return the trace's id."""
        place = tracing.chosen_place.get()
        return place.trace if place else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """Return the span's id."""
        place = tracing.chosen_place.get()
        return place.span if place else super().generate_span_id()


def start(role: str) -> TracerProvider:
    """Begin to measure, and to send."""
    sampler = chosen_sampler(settings.ENV.otel_traces_sampler, float(settings.ENV.otel_traces_sampler_arg))
    about = {
        "service.name": f"createio-{role}",
        "service.namespace": "createio",
        "service.version": version(),
    }
    provider = TracerProvider(sampler=sampler, resource=Resource.create(about), id_generator=ChosenIds())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address(), headers=headers())))
    tracing.use(
        provider.get_tracer("createio", version()),
        lambda trace: sampler.should_sample(None, trace, "order").decision is Decision.RECORD_AND_SAMPLE,
    )
    return provider


def address() -> str:
    """Return where spans are sent."""
    return f"{settings.ENV.otel_exporter_otlp_endpoint.rstrip('/')}{PATH}"


def headers() -> dict[str, str]:
    """Return what is sent along; values are percent-encoded, as in W3C's baggage."""
    return {name: unquote(value) for name, value in settings.ENV.otel_exporter_otlp_headers.items()}


def chosen_sampler(name: str, share: float) -> Sampler:
    """Return the sampler of that name in OpenTelemetry's specification (sdk-environment-variables)."""
    samplers: dict[str, Sampler] = {
        "always_on": ALWAYS_ON,
        "always_off": ALWAYS_OFF,
        "traceidratio": TraceIdRatioBased(share),
        "parentbased_always_on": DEFAULT_ON,
        "parentbased_always_off": DEFAULT_OFF,
        "parentbased_traceidratio": ParentBasedTraceIdRatio(share),
    }
    return samplers[name]
