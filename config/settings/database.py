"""PostgreSQL and the cache."""

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
_connection = database.parameters(
    ENV.database_url, postgres.socket_dir(ENV.state_dir), is_worker=sys.argv[1:2] == ["procrastinate"]
)
if ENV.database_pool:
    _connection["OPTIONS"]["pool"] = _pool
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        # An ASGI process's threads are short-lived, and so would be their connections: there a pool keeps them.
        "CONN_MAX_AGE": 0 if ENV.database_pool else 60,
        "CONN_HEALTH_CHECKS": True,
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
