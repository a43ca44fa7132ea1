"""Rows of a batch as people write them: a prompt a line, or a table with a heading."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from billing import sheets
from generation.errors import InvalidRows

MOST = 1000
MAX_BYTES = 5 * 1024 * 1024
MAX_NAME = 80
MAX_VALUE = 200
MAX_COLUMNS = 40

COLUMNS = {
    "prompt": "prompt", "text": "prompt", "description": "prompt",
    "name": "name", "title": "name", "file": "name", "filename": "name",
    "n": "n", "count": "n", "images": "n",
    "size": "size", "shape": "size", "ratio": "size", "aspect": "size", "aspect_ratio": "size",
    "quality": "quality", "model": "model", "style": "style", "background": "background",
    "output_format": "output_format", "format": "output_format",
    "references": "references", "reference": "references",
}  # fmt: skip
"""What a column may be called, and what it says."""
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was written, nothing of it judged.

    Attributes:
        prompt: may be empty: that is for the check to say.
        name: for the file.
        overrides: what it says differently from the batch: n, size, quality, model, style, background,
            output_format as text, references as a list of public ids, style_values as a mapping.
        columns: cells of columns that are no setting; they fill in placeholders of the same name.
    """

    prompt: str
    name: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """What is kept of it beside prompt and name."""
        return {**self.overrides, "columns": self.columns} if self.columns else dict(self.overrides)


def from_lines(text: str) -> list[Row]:
    """A prompt a line; empty lines are skipped.

    Raises:
        InvalidRows: none at all, or too many.
    """
    rows = [Row(line) for line in (line.strip() for line in _text(text).splitlines()) if line]
    return _counted(rows)


def from_file(data: bytes) -> list[Row]:
    """The rows of a CSV or TSV file whose first line names the columns, or of a file with a prompt a line.

    Args:
        data: the file. UTF-8, UTF-16 with its mark, or what Excel writes on Windows.

    Raises:
        InvalidRows: it is too large, no table, or has no column for the prompt.
    """
    if len(data) > MAX_BYTES:
        raise InvalidRows("The file is larger than 5 MB. Nothing was read; split it.", param="file")
    text = _text(_decoded(data))
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InvalidRows(f"This is no table that can be read: {error}.", param="file") from error
    if not lines:
        raise InvalidRows("The file is empty.", param="file")
    names = [_named(cell) for cell in lines[0]]
    meanings = [COLUMNS.get(name, "") for name in names]
    if "prompt" not in meanings:
        if len(names) == 1 or not head.count(delimiter):
            return from_lines(text)
        raise InvalidRows(
            "The first line must name the columns, and one of them must be “prompt”. Nothing was read.",
            param="file",
        )
    if len(names) > MAX_COLUMNS:
        raise InvalidRows(f"The file has {len(names)} columns; {MAX_COLUMNS} are the most.", param="file")
    return _counted(_read(lines[1:], names, meanings))


def _read(lines: Iterable[list[str]], names: list[str], meanings: list[str]) -> Iterator[Row]:
    for line in lines:
        cells = [_cell(cell) for cell in line]
        if not any(cells):
            continue
        said: dict[str, str] = {}
        columns: dict[str, str] = {}
        for name, meaning, cell in zip(names, meanings, cells, strict=False):
            if cell and meaning and meaning not in said:
                said[meaning] = cell
            elif cell and name and not meaning:
                columns[name] = cell[:MAX_VALUE]
        overrides: dict[str, Any] = {
            meaning: cell for meaning, cell in said.items() if meaning not in {"prompt", "name"}
        }
        if "references" in overrides:
            overrides["references"] = re.split(r"[\s;,|]+", overrides["references"])
        yield Row(said.get("prompt", ""), said.get("name", "")[:MAX_NAME], overrides, columns)


def _counted(rows: Iterable[Row]) -> list[Row]:
    kept: list[Row] = []
    for row in rows:
        if len(kept) == MOST:
            raise InvalidRows(
                f"A batch has at most {MOST:,} rows, and there are more. Nothing was read; split it.",
                param="rows",
            )
        kept.append(row)
    if not kept:
        raise InvalidRows("There is no row yet. Write one prompt a line, or choose a file.", param="rows")
    return kept


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _text(text: str) -> str:
    """Without NUL, which PostgreSQL's text takes no more than a prompt does."""
    return text.replace("\0", "")


def _named(cell: str) -> str:
    """A heading as a name: "Aspect ratio" is aspect_ratio."""
    return re.sub(r"\W+", "_", cell.strip().lower()).strip("_")[:30]


def _cell(cell: str) -> str:
    return sheets.bare(cell.strip())
