"""Rows of a batch as people write them: a prompt a line, or a table with a heading."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from billing import sheets
from generation.errors import InvalidRows
from generation.parameters import IN_STUDIO

MOST = 1000
MAX_BYTES = 5 * 1024 * 1024
MAX_NAME = 80
MAX_COLUMNS = 40

COLUMNS = {
    "prompt": "prompt", "text": "prompt", "description": "prompt",
    "name": "name", "title": "name", "file": "name", "filename": "name",
    "n": "n", "count": "n", "images": "n",
    "shape": "size", "ratio": "size", "aspect": "size", "aspect_ratio": "size",
    "model": "model", "style": "style", "format": "output_format",
    "references": "references", "reference": "references",
    **{name: name for name in IN_STUDIO},
}  # fmt: skip
"""What a column may be called, and what it says."""
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NO_DELIMITER = "\x1f"
SURPLUS = "surplus"
"""The override of a row that has more cells than the first line names: which delimiters it should have quoted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was written, nothing of it judged.

    Attributes:
        prompt: may be empty: that is for the check to say.
        name: for the file.
        overrides: what it says differently from the batch: n, model, style and image parameters as text, references
            as a list of public ids, style_values as a mapping; `SURPLUS`.
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
    if delimiter not in head:
        return _counted(Row(prompt) for prompt in _one_column(text) if prompt)
    lines = _table(text, delimiter)
    names = [_named(cell) for cell in lines[0]]
    if len(names) > MAX_COLUMNS:
        raise InvalidRows(f"The file has {len(names)} columns; {MAX_COLUMNS} are the most.", param="file")
    twice = next((name for at, name in enumerate(names) if name and name in names[:at]), None)
    if twice:
        raise InvalidRows(f"Two columns are called “{twice}”. Nothing was read; rename one.", param="file")
    meanings = _meanings(names)
    if "prompt" not in meanings:
        raise InvalidRows(
            "The first line must name the columns, and one of them must be “prompt”. Nothing was read. "
            "A file with one prompt a line needs “prompt” alone in its first line.",
            param="file",
        )
    return _counted(_read(lines[1:], names, meanings, delimiter))


def _one_column(text: str) -> list[str]:
    """The cells of a single column below its heading, if it has one; whatever looks like a delimiter is part of a prompt."""
    try:
        cells = ["".join(line).strip() for line in _parsed(text, NO_DELIMITER)]
    except csv.Error:  # a prompt that begins with a quoted word
        cells = [line.strip() for line in text.splitlines()]
    if cells and COLUMNS.get(_named(cells[0])) == "prompt":
        return [_cell(cell) for cell in cells[1:]]
    return cells


def _table(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(_parsed(text, delimiter))
    except csv.Error as error:
        raise InvalidRows(
            f"This is no table that can be read ({error}). Nothing was read. A cell with quotation marks in it "
            "stands in quotation marks itself, with each of its own written twice.",
            param="file",
        ) from error


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _meanings(names: list[str]) -> list[str]:
    """What each column says; of two that would say the same, the one with the very name does, the other is kept apart."""
    meanings: list[str] = []
    for at, name in enumerate(names):
        meaning = COLUMNS.get(name, "")
        taken = meaning in meanings[:at] or (name != meaning and meaning in names)
        meanings.append("" if taken else meaning)
    return meanings


def _read(lines: Iterable[list[str]], names: list[str], meanings: list[str], delimiter: str) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        surplus = _fit(line, len(names), meanings.index("prompt"), delimiter)
        cells = [_cell(cell) for cell in line]
        if not any(cells):
            continue
        said: dict[str, str] = {}
        columns: dict[str, str] = {}
        for name, meaning, cell in zip(names, meanings, cells, strict=False):
            if cell and meaning:
                said[meaning] = cell
            elif cell and name:
                columns[name] = cell
            elif cell:
                raise InvalidRows(
                    f"Row {number} has words in a column without a name. Nothing was read; name the column, or "
                    f"quote the {DELIMITERS[delimiter]} in the prompt.",
                    param="file",
                )
        overrides: dict[str, Any] = {
            meaning: cell for meaning, cell in said.items() if meaning not in {"prompt", "name"}
        }
        if "references" in overrides:
            overrides["references"] = re.split(r"[\s;,|]+", overrides["references"])
        if surplus:
            overrides[SURPLUS] = DELIMITERS[delimiter]
        yield Row(said.get("prompt", ""), said.get("name", "")[:MAX_NAME], overrides, columns)


def _fit(line: list[str], width: int, prompt: int, delimiter: str) -> int:
    """Bring a row with too many cells to the width of the table, as if its prompt had been quoted; say how many there were too many."""
    while len(line) > width and not line[-1].strip():
        line.pop()
    surplus = max(0, len(line) - width)
    if surplus:
        line[prompt : prompt + surplus + 1] = [delimiter.join(line[prompt : prompt + surplus + 1])]
    return surplus


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
    """Without NUL, which PostgreSQL's text takes no more than a prompt does, and without what stands for no delimiter."""
    return text.replace("\0", "").replace(NO_DELIMITER, "")


def _named(cell: str) -> str:
    """A heading as a name: "Aspect ratio" is aspect_ratio."""
    return re.sub(r"\W+", "_", cell.strip().lower()).strip("_")[:30]


def _cell(cell: str) -> str:
    return sheets.bare(cell.strip())
