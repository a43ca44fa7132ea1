"""What is measured of every request, whichever application answers it."""

import time

from opentelemetry.trace import Span
from prometheus_client import Histogram

from core.outputs import log_context, tracing

FAULTS = 500
seconds = Histogram(
    "createio_request_seconds",
    "Time from a request's arrival to the first byte of its answer.",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def answered(span: Span, route: str, method: str, status: int, began: float) -> float:
    """Measure a request whose answer is ready.

    Args:
        span: of the request.
        route: the address's pattern; the address itself may hold a secret.
        method: its method.
        status: the answer's.
        began: when it arrived, by `time.perf_counter()`.

    Returns:
        How long it took, in seconds.
    """
    took = time.perf_counter() - began
    seconds.labels(route, method, status).observe(took)
    if span.is_recording():
        span.update_name(f"{method} {route}")
        about = {f"createio.{name}": value for name, value in log_context.known().items()}
        span.set_attributes(
            about | {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        )
        if status >= FAULTS:
            tracing.fail(span, str(status))
    return took
