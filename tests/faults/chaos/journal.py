"""What a client was told, written down before it goes on: the only witness that survives kill -9 of everything."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An acknowledged operation: the step of a story, what was asked, what was answered."""

    story: int
    step: int
    asked: dict[str, Any]
    answered: dict[str, Any]


class Journal:
    """Append-only lines in a file of one client."""

    def __init__(self, path: Path) -> None:
        entries = list(read(path))
        self.newest = entries[-1].story if entries else 0
        self._told = {entry.step: entry.answered for entry in entries if entry.story == self.newest}
        # A line that was cut by a kill was never acknowledged: its operation is done again with the same key.
        whole = sum(len(_line(entry)) for entry in entries)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.ftruncate(self._file, whole)
        os.lseek(self._file, 0, os.SEEK_END)

    def acknowledge(self, entry: Entry) -> None:
        """Write it down for good."""
        os.write(self._file, _line(entry))
        os.fsync(self._file)

    def told(self, story: int) -> dict[int, dict[str, Any]]:
        """What earlier lives of this client were answered in that story, by step."""
        return self._told if story == self.newest else {}


def read(path: Path) -> Iterator[Entry]:
    """The whole lines of a journal; none where there is no file yet."""
    if not path.exists():
        return
    for line in path.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            yield Entry(*json.loads(line))


def _line(entry: Entry) -> bytes:
    return json.dumps([entry.story, entry.step, entry.asked, entry.answered]).encode() + b"\n"
