"""Logs, error reports and metrics."""

from config.settings.base import ENV

METRICS_TOKEN = ENV.metrics_token
SENTRY_DSN = ENV.sentry_dsn
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.observability.logs.LineFormatter", "log_format": ENV.log_format}},
    "filters": {"without_traceback": {"()": "config.observability.logs.WithoutTraceback"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Servers and Django bring handlers of their own, which would write what they are sent as it is. Naming a logger
        # here takes its handlers away, so that each line is ours.
        **{name: {"propagate": True} for name in ("django", "uvicorn", "uvicorn.error", "uvicorn.access")},
        **{name: {"propagate": True} for name in ("_granian", "granian.access")},
        # Our own line per request says the same and names the request.
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING", "propagate": True},
        # A foreign Host header is a stranger's doing; the line names it.
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
        "httpx": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        # It says of each message that a manager was started and stopped.
        "mcp": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "pyvips": {"level": "WARNING"},
    },
}
