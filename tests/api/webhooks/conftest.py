"""A partner's server that takes webhooks, and a worker that sends them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connections
from procrastinate.contrib.django import app
from standardwebhooks.webhooks import Webhook

from api.webhooks import sending


@dataclass
class Sink:
    """Where it answers, what it answers, and what it was sent.

    Attributes:
        answers: statuses for the next requests; afterwards 204.
        hangs: while it is cleared, requests wait.
    """

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    goes_on: threading.Event = field(default_factory=threading.Event)
    location: str = ""

    def verified(self, secret: str) -> list[Any]:
        """What it was sent, each verified by the package that partners use."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.received]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.received]


@pytest.fixture
def make_sink() -> Iterator[Callable[[], Sink]]:
    servers = []

    def make() -> Sink:
        sink = Sink()
        sink.goes_on.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                sink.goes_on.wait(30)
                status = sink.answers.pop(0) if sink.answers else 204
                self.send_response(status)
                if sink.location:
                    self.send_header("Location", sink.location)
                self.send_header("Content-Length", "0" if status == 204 else "9")
                self.end_headers()
                if status != 204:
                    self.wfile.write(b"come back")

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append((server, sink))
        sink.url = f"http://127.0.0.1:{server.server_port}/hooks"
        return sink

    yield make
    for server, sink in servers:
        sink.goes_on.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def sink(make_sink: Callable[[], Sink]) -> Sink:
    return make_sink()


@pytest.fixture
def endpoint(api: Any, sink: Sink) -> dict[str, Any]:
    """An endpoint of Alice's workspace at the sink, told of everything; with its secret."""
    answer = api.post("/api/v1/webhook-endpoints", {"url": sink.url, "events": ["*"]})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def work(transactional_db: None) -> Callable[[], None]:
    """Let a worker send all that is due, of every endpoint."""

    def run() -> None:
        sending.queue_due()

        async def go() -> None:
            with app.replace_connector(app.connector.get_worker_connector()):
                async with app.open_async():
                    await app.run_worker_async(
                        queues=["webhooks"], wait=False, concurrency=30, install_signal_handlers=False
                    )

        asyncio.run(go())
        connections.close_all()

    return run
