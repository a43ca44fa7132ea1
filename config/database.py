"""PostgreSQL connection parameters of every process, made in one place.

Django's connections take them from the settings; procrastinate's pool and our listeners take them from
Django. Parameters in the operator's DATABASE_URL override those here, name by name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from config import database_url

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


def parameters(url: str, sockets: Path, *, is_worker: bool) -> dict[str, Any]:
    """Make Django's NAME, USER, PASSWORD, HOST, PORT and, under OPTIONS, libpq's other parameters.

    Args:
        url: DATABASE_URL, several hosts and parameters included; empty for the embedded server.
        sockets: the folder of the embedded server's socket.
        is_worker: whether this process makes images instead of serving requests.

    Raises:
        ImproperlyConfigured: the address can't be parsed, or something in it can't be obeyed.
    """
    embedded = {"dbname": "createio", "user": "postgres", "host": str(sockets), "port": "5432"}
    given = database_url.read(url) if url else embedded
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
        "OPTIONS": {**CLIENT, **given, "options": " ".join([*ours, own]).strip()},
    }
