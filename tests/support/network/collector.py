"""A collector of traces that speaks OTLP over HTTP, and keeps what it is sent."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True)
class Received:
    """A span as it came.

    Attributes:
        parent: empty at the beginning of a trace.
        links: traces and spans that it is linked with.
        about: its attributes.
    """

    service: str
    name: str
    trace: str
    span: str
    parent: str
    began: int
    ended: int
    links: tuple[tuple[str, str], ...]
    about: dict[str, Any]
    is_failed: bool


class Collector(ThreadingHTTPServer):
    """`bodies` has what came, `headers` with what, and `status` is what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self) -> list[Received]:
        """Everything that came, by the moment when it began."""
        found = []
        for body in tuple(self.bodies):
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                (service,) = [
                    one.value.string_value for one in group.resource.attributes if one.key == "service.name"
                ]
                found += [_received(service, one) for scope in group.scope_spans for one in scope.spans]
        return sorted(found, key=lambda one: one.began)


class _Conversation(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.path == "/v1/traces" and self.server.status == 200:
            self.server.bodies.append(body)
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(self.server.status if self.path == "/v1/traces" else 404)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _received(service: str, one: Any) -> Received:
    return Received(
        service,
        one.name,
        one.trace_id.hex(),
        one.span_id.hex(),
        one.parent_span_id.hex(),
        one.start_time_unix_nano,
        one.end_time_unix_nano,
        tuple((link.trace_id.hex(), link.span_id.hex()) for link in one.links),
        {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in one.attributes},
        one.status.code == 2,
    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that takes what comes."""
    with Collector() as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        try:
            yield collector
        finally:
            collector.shutdown()
