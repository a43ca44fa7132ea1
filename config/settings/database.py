"""PostgreSQL and the cache."""

import functools
import sys
from typing import Any

from config import database
from config.local import postgres
from config.settings.base import ENV

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMBEDDED = ENV.embedded
_pool = {
    "min_size": 2,
    "max_size": ENV.database_pool,
    "timeout": database.POOL_SECONDS,
    "reconnect_timeout": database.POOL_SECONDS,
}
_process = database.process(sys.argv)
_parameters = functools.partial(
    database.parameters,
    sockets=postgres.socket_dir(ENV.state_dir),
    is_worker=_process == database.WORKER,
    name=f"createio-{_process}",
)
_connection = _parameters(ENV.database_url)
# The database itself, for what a pooler in transaction mode can't do: listening, and a session's own locks.
DIRECT_DATABASE: dict[str, Any] = {}
_is_pooled = False
if ENV.database_direct_url:
    DIRECT_DATABASE = _parameters(ENV.database_direct_url, variable="DATABASE_DIRECT_URL")
    # Requests alone use the pooler. Whatever is started by manage.py, workers too, may rely on its session.
    _is_pooled = _process in database.SERVERS
    if not _is_pooled:
        _connection = DIRECT_DATABASE
if ENV.database_pool:
    _connection = {**_connection, "OPTIONS": {**_connection["OPTIONS"], "pool": _pool}}
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        # An ASGI process's threads are short-lived, and so would be their connections: there a pool keeps them.
        "CONN_MAX_AGE": 0 if ENV.database_pool else 60,
        "CONN_HEALTH_CHECKS": True,
        # A cursor of the server lives in a session, and each statement may meet another one.
        "DISABLE_SERVER_SIDE_CURSORS": _is_pooled,
        **_connection,
    }
}
# Number of requests of one workspace that a process handles at once.
WORKSPACE_SHARE = max(2, ENV.database_pool // 4)
CACHES: dict[str, dict[str, Any]]
if ENV.cache_url:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.cache_url}
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }
