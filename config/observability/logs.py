"""Log lines for people or for machines, with the ids of what they are about, without secrets, and none can be forged.

Every record goes through structlog's formatter, whoever wrote it: Django, a server, the queue, a library or ourselves.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from structlog.contextvars import merge_contextvars
from structlog.processors import format_exc_info
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict

from config import environment
from core.outputs import log_context, log_lines, tracing

SECRETS = re.compile(
    r"(?P<kept>cio_(?:live|test)_|[sr]k_(?:live|test)_|whsec_|sk-|Bearer |(?:password|signature|secret|token)['\"]?[=:] ?['\"]?)"
    r"[A-Za-z0-9_\-./+=%]{6,}",
    re.IGNORECASE,
)
# It begins where such a name can begin, and nowhere within: otherwise long words without an @ would take for ever.
MAIL: Final = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}@(?P<kept>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})", re.ASCII
)
"""Addresses of mail, which also stand in what libraries say of letters; the host stays."""
INDENT: Final = "    | "
"""Before each line of a traceback, so that none can be taken for a line of the log."""
MOST_LINES: Final = 400
TRACEBACKS: Final = ("exception", "exc_text", "stack", "stack_info")
"""Where a record's tracebacks stand: its own, another formatter's, and stacks."""


class LineFormatter(ProcessorFormatter):
    """`2026-11-22 10:00:00 INFO req_… workspace=wsp_… createio.request: GET /studio 200 12 ms`, or one object of JSON.

    Control characters are escaped: whatever a path, a header or an exception's words hold, it stays in its line. The
    ids stand before the logger's name, where no message reaches. As text, tracebacks follow, indented.

    Args:
        log_format: "text" or "json".
    """

    def __init__(self, log_format: str = environment.TEXT) -> None:
        super().__init__(
            foreign_pre_chain=[_take_other_traceback],
            processors=[
                merge_contextvars,
                _take_trace,
                _take_origin,
                format_exc_info,
                self.remove_processors_meta,
                _as_json if log_format == environment.JSON else _as_text,
            ],
        )


class WithoutTraceback(logging.Filter):
    """Leave out the traceback of a record whose message says all: what strangers send is no fault of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record without its traceback."""
        record.exc_info = record.exc_text = None
        return True


def from_environment() -> LineFormatter:
    """Make the formatter of a server's own lines, which it writes before it knows our settings."""
    return LineFormatter(environment.read().log_format)


def configure_structlog() -> None:
    """Send what is logged by structlog's own loggers the same way as everything else."""
    structlog.configure(
        processors=[merge_contextvars, structlog.stdlib.add_log_level, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _take_other_traceback(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take the text that another formatter has left on the record instead of a traceback."""
    record: logging.LogRecord = event["_record"]
    if record.exc_text and not record.exc_info:
        event["exc_text"] = record.exc_text
    return event


def _take_trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    if tracing.is_on() and (current := tracing.current()):
        event["trace"] = f"{current.trace_id:032x}"
    return event


def _take_origin(_logger: Any, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["logger"], event["level"] = record.name, record.levelname
    event["at"] = datetime.fromtimestamp(record.created, UTC)
    return event


def _as_text(_logger: Any, _method: str, event: EventDict) -> str:
    at, level, logger, message = (event.pop(name) for name in ("at", "level", "logger", "event"))
    tracebacks = [str(event.pop(name)) for name in TRACEBACKS if event.get(name)]
    known = _ids(event)
    # The request's id needs no name: it is the only one without.
    first = known.pop("request_id", None)
    words = [*([first] if first else []), *(f"{name}={value}" for name, value in known.items())]
    more = "".join(f" {name}={value!r}" for name, value in event.items())
    line = f"{at:%Y-%m-%d %H:%M:%S} {level} {''.join(f'{word} ' for word in words)}{logger}: {message}{more}"
    return _without_secrets(
        "\n".join([log_lines.escape(line), *(_indented(text, INDENT) for text in tracebacks)])
    )


def _as_json(_logger: Any, _method: str, event: EventDict) -> str:
    at, level, logger, message = (event.pop(name) for name in ("at", "level", "logger", "event"))
    tracebacks = [str(event.pop(name)) for name in TRACEBACKS if event.get(name)]
    said = {
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level.lower(),
        **_ids(event),
        "logger": log_lines.escape(logger),
        "message": _without_secrets(log_lines.escape(str(message))),
    }
    if tracebacks:
        said["exception"] = _without_secrets("\n".join(_indented(text) for text in tracebacks))
    for name, value in event.items():
        said.setdefault(name, _without_secrets(log_lines.escape(str(value))))
    # ASCII alone: whatever could reorder a line, or end it, is escaped.
    return json.dumps(said)


def _ids(event: EventDict) -> dict[str, str]:
    """Take the bound ids out of the event, in their order."""
    names = [name for name in (*log_context.NAMES, "trace") if name in event]
    return {name: log_context.written(name, event.pop(name)) for name in names}


def _without_secrets(text: str) -> str:
    """Cut whatever looks like a secret after its identifying prefix, and addresses of mail before their host."""
    text = SECRETS.sub(r"\g<kept>…", text)
    return MAIL.sub(r"…@\g<kept>", text) if "@" in text else text


def _indented(text: str, indent: str = "") -> str:
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"({len(lines) - MOST_LINES:,} more lines)", *lines[-half:]]
    return "\n".join(f"{indent}{log_lines.escape(line)}" for line in lines)
