"""Traces, where OTEL_EXPORTER_OTLP_ENDPOINT says where they are sent; without it nothing of this is even loaded."""

from importlib import import_module

from django.conf import settings


def start(role: str) -> None:
    """Begin to measure, if that is wanted; to be called once in each process that serves.

    Args:
        role: what the process runs as: web, live or worker.
    """
    if settings.ENV.otel_exporter_otlp_endpoint:
        import_module("config.observability.span_export").start(role)
