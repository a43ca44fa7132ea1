"""PostgreSQL connection parameters of every process, made in one place.

Django's connections take them from the settings; procrastinate's pool and our listeners take them from
Django. Parameters in the operator's DATABASE_URL override those here, name by name.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from config import database_url

WORKER: Final = "worker"
SERVERS: Final = ("web", "live")
"""Processes that answer requests."""
WEB_LOCK, WORKER_LOCK = "2s", "5s"
"""How long a statement waits for a lock: somebody waits for a page, a worker tries again."""
POOL_SECONDS: Final = 2.0
"""How long a request waits for a connection, and a lost connection before it is made anew."""
CLIENT: Final[Mapping[str, Any]] = {
    "connect_timeout": 10,
    # A server that vanishes silently is noticed within 25 seconds. Ignored on a Unix socket.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""libpq's parameters (https://www.postgresql.org/docs/18/libpq-connect.html)."""
SERVER: Final[Mapping[str, str]] = {
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "15s",
    # A client that vanishes silently releases its locks as soon.
    "client_connection_check_interval": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
"""The server's settings for our sessions."""


def process(command: Sequence[str]) -> str:
    """Return which process this command line starts: `web`, `live`, `worker`, or `command` for all else."""
    program = command[0] if command else ""
    if command[1:2] == ["procrastinate"]:
        return WORKER
    web, live = SERVERS
    return web if "granian" in program else live if "uvicorn" in program else "command"


def parameters(
    url: str, sockets: Path, *, is_worker: bool, name: str = "createio", variable: str = "DATABASE_URL"
) -> dict[str, Any]:
    """Make Django's NAME, USER, PASSWORD, HOST, PORT and, under OPTIONS, libpq's other parameters.

    Args:
        url: DATABASE_URL, several hosts and parameters included; empty for the embedded server.
        sockets: the folder of the embedded server's socket.
        is_worker: whether this process makes images instead of serving requests.
        name: how the sessions are called (`pg_stat_activity.application_name`) unless the address says so.
        variable: the variable that the address came from, for sentences.

    Raises:
        ImproperlyConfigured: the address can't be parsed, or something in it can't be obeyed.
    """
    embedded = {"dbname": "createio", "user": "postgres", "host": str(sockets), "port": "5432"}
    given = database_url.read(url, variable) if url else embedded
    server = {"lock_timeout": WORKER_LOCK if is_worker else WEB_LOCK, **SERVER}
    own = given.pop("options", "")
    named = database_url.option_names(own)
    ours = [f"-c {name}={value}" for name, value in server.items() if name not in named]
    return {
        "NAME": given.pop("dbname"),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "OPTIONS": {
            **CLIENT,
            "fallback_application_name": name,
            **given,
            "options": " ".join([*ours, own]).strip(),
        },
    }
