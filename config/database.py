"""PostgreSQL connection parameters of every process, made in one place.

Django's connections take them from the settings; procrastinate's pool and our listeners take them from
Django. Parameters in the operator's DATABASE_URL override those here, name by name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

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
_UNKNOWN: Final = "invalid URI query parameter"
_ENCODE: Final = "special characters in user and password have to be percent-encoded"


def parameters(url: str, sockets: Path, *, is_worker: bool) -> dict[str, Any]:
    """Make Django's NAME, USER, PASSWORD, HOST, PORT and, under OPTIONS, libpq's other parameters.

    Args:
        url: DATABASE_URL, several hosts and parameters included; empty for the embedded server.
        sockets: the folder of the embedded server's socket.
        is_worker: whether this process makes images instead of serving requests.

    Raises:
        ImproperlyConfigured: the address can't be parsed.
    """
    embedded = {"dbname": "createio", "user": "postgres", "host": str(sockets), "port": "5432"}
    given = _read(url) if url else embedded
    server = {"lock_timeout": WORKER_LOCK if is_worker else WEB_LOCK, **SERVER}
    own = given.pop("options", "")
    ours = [f"-c {name}={value}" for name, value in server.items() if name not in own]
    return {
        "NAME": given.pop("dbname"),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "OPTIONS": {**CLIENT, **given, "options": " ".join([*ours, own]).strip()},
    }


def _read(url: str) -> dict[str, str]:
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        # libpq's own message, except for those that might repeat a password.
        said = str(error).strip() if str(error).startswith(_UNKNOWN) else _ENCODE
        raise ImproperlyConfigured(
            f"DATABASE_URL can't be read: {said}. It looks like postgresql://user:password@host:5432/name, with several "
            "hosts as host1:5432,host2:5432 and libpq's parameters behind a question mark."
        ) from None
    if not all(port.isdecimal() for port in given.get("port", "").split(",") if port):
        raise ImproperlyConfigured(f"DATABASE_URL can't be read: {_ENCODE}; or a port is no number.")
    if not given.get("dbname"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database: postgresql://user:password@host:5432/name"
        )
    return given
