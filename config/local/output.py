"""What `make run` writes: the lines of its children behind their names, and its own; as text, or as JSON a line."""

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime

from config import environment
from core.outputs import log_lines

COLORS = (36, 35, 33, 32, 34, 31)


class Output:
    """Standard output, a line at a time.

    Args:
        log_format: "text" or "json".
    """

    def __init__(self, log_format: str = environment.TEXT) -> None:
        self._is_json = log_format == environment.JSON

    def pass_on(self, name: str, line: str) -> None:
        """Write a child's line; one that is JSON already gets the child's name, and stays as it is."""
        if self._is_json:
            _write(json.dumps((_as_object(line) or _said(line)) | {"process": name}))
            return
        head = f"{name:<8}|"
        if sys.stdout.isatty():
            head = f"\x1b[{COLORS[sum(name.encode()) % len(COLORS)]}m{head}\x1b[0m"
        _write(f"{head} {log_lines.escape(line)}")

    def say(self, text: str) -> None:
        """Write lines of our own."""
        if not self._is_json:
            _write(text)
            return
        for line in filter(None, (line.strip() for line in text.split("\n"))):
            _write(json.dumps({"process": "supervisor"} | _said(line)))


def _as_object(line: str) -> dict[str, object] | None:
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    return None


def _said(line: str) -> dict[str, object]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"timestamp": now, "level": "info", "message": log_lines.escape(line)}


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
