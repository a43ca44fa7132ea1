"""Log lines for people, with the request's id and without secrets."""

import logging
import re

from config.observability.request_id import current

SECRETS = re.compile(
    r"(?P<kept>cio_(?:live|test)_|[sr]k_(?:live|test)_|whsec_|sk-|Bearer |(?:password|signature|secret|token)['\"]?[=:] ?['\"]?)"
    r"[A-Za-z0-9_\-./+=%]{6,}",
    re.IGNORECASE,
)


class LineFormatter(logging.Formatter):
    """`2026-11-22 10:00:00 INFO req_… createio.request: GET /studio 200 12 ms`; tracebacks pass the same filter."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime} {levelname} {request_id}{name}: {message}", "%Y-%m-%d %H:%M:%S", style="{"
        )

    def format(self, record: logging.LogRecord) -> str:
        """Format the line, and cut whatever looks like a secret after its identifying prefix."""
        name = current.get()
        record.request_id = f"{name} " if name else ""
        return SECRETS.sub(r"\g<kept>…", super().format(record))
