"""A partner's server, in the process that outlives those that are killed: it remembers what each workspace told it."""

import threading
import uuid
from collections import defaultdict
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FALTERS = "falters"
_told: dict[str, list[str]] = defaultdict(list)
"""Ids of messages, by the path to which they came."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        message = self.headers["webhook-id"]
        is_first = message not in _told[self.path]
        _told[self.path].append(message)
        self.send_response(503 if is_first and self.path.endswith(FALTERS) else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@cache
def _port() -> int:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def address(workspace: uuid.UUID, how: str = "") -> str:
    """Where a workspace's events go; one that falters takes nothing the first time."""
    return f"http://127.0.0.1:{_port()}/{workspace}/{how}"


def told(workspace: uuid.UUID) -> set[str]:
    """The ids that have arrived, each at least once."""
    return {one for path, all_of_it in list(_told.items()) if str(workspace) in path for one in all_of_it}
