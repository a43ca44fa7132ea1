"""Log lines for people, with the request's id, without secrets, and with nothing that forges other lines."""

import copy
import logging
import re
from typing import Final

from config.observability.request_id import current
from core.outputs import log_lines

SECRETS = re.compile(
    r"(?P<kept>cio_(?:live|test)_|[sr]k_(?:live|test)_|whsec_|sk-|Bearer |(?:password|signature|secret|token)['\"]?[=:] ?['\"]?)"
    r"[A-Za-z0-9_\-./+=%]{6,}",
    re.IGNORECASE,
)
INDENT: Final = "    | "
"""Before each line of a traceback, so that none can be taken for a line of the log."""
MOST_LINES: Final = 400


class LineFormatter(logging.Formatter):
    """`2026-11-22 10:00:00 INFO req_… createio.request: GET /studio 200 12 ms`; tracebacks follow, indented.

    Control characters are escaped: whatever a path, a header or an exception's words hold, it stays in its line.
    """

    def __init__(self) -> None:
        super().__init__(
            "{asctime} {levelname} {request_id}{name}: {message}", "%Y-%m-%d %H:%M:%S", style="{"
        )

    def format(self, record: logging.LogRecord) -> str:
        """Format the line, and cut whatever looks like a secret after its identifying prefix."""
        # Formatters share the text of a traceback through the record; another one's is not escaped.
        record = copy.copy(record)
        if record.exc_info:
            record.exc_text = None
        elif record.exc_text:
            record.exc_text = _indented(record.exc_text)
        name = current.get()
        record.request_id = f"{name} " if name else ""
        return SECRETS.sub(r"\g<kept>…", super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's own name
        """Format the line without its traceback, on one line."""
        return log_lines.escape(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 -- logging's own name
        """Format the traceback, indented."""
        return _indented(super().formatException(ei))  # type: ignore[arg-type]

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 -- logging's own name
        """Format the stack, indented."""
        return _indented(stack_info)


class WithoutTraceback(logging.Filter):
    """Leave out the traceback of a record whose message says all: what strangers send is no fault of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record without its traceback."""
        record.exc_info = record.exc_text = None
        return True


def _indented(text: str) -> str:
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"({len(lines) - MOST_LINES:,} more lines)", *lines[-half:]]
    return "\n".join(f"{INDENT}{log_lines.escape(line)}" for line in lines)
