"""Parsing of a batch's rows: a prompt per line, or a table with a header."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from core import csv_cells
from generation.catalog.parameters import IN_STUDIO
from generation.errors import InvalidRows

MAX_ROWS = 1000
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
"""Accepted column names, each with the field that it means."""
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NO_DELIMITER = "\x1f"
SURPLUS = "surplus"
"""The override of a row that has more cells than the header: which delimiters should have been quoted."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row as it was written, not yet checked.

    Attributes:
        prompt: may be empty, which the check reports.
        name: used in the name of the file.
        overrides: what differs from the batch: n, model, style and image parameters as text, references as a
            list of public ids, style_values as a mapping; `SURPLUS`.
        columns: cells of columns that are no setting; they fill in placeholders of the same name.
    """

    prompt: str
    name: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """Return what is stored beside prompt and name."""
        return {**self.overrides, "columns": self.columns} if self.columns else dict(self.overrides)


def from_lines(text: str) -> list[ParsedRow]:
    """Read a prompt from each line, skipping empty lines.

    Raises:
        InvalidRows: there are none at all, or too many.
    """
    rows = [ParsedRow(line) for line in (line.strip() for line in _text(text).splitlines()) if line]
    return _counted(rows)


def from_file(data: bytes) -> list[ParsedRow]:
    """Read a CSV or TSV file whose first line names the columns, or a file with a prompt per line.

    Args:
        data: the file: UTF-8, UTF-16 with a byte order mark, or what Excel writes on Windows.

    Raises:
        InvalidRows: it is too large, is no table, or has no column for the prompt.
    """
    if len(data) > MAX_BYTES:
        raise InvalidRows("The file is larger than 5 MB. Nothing was read; split it.", param="file")
    text = _text(_decoded(data))
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    if delimiter not in head:
        return _counted(ParsedRow(prompt) for prompt in _one_column(text) if prompt)
    lines = _table(text, delimiter)
    names = [_named(cell) for cell in lines[0]]
    if len(names) > MAX_COLUMNS:
        raise InvalidRows(f"The file has {len(names)} columns; the maximum is {MAX_COLUMNS}.", param="file")
    twice = next((name for at, name in enumerate(names) if name and name in names[:at]), None)
    if twice:
        raise InvalidRows(f"Two columns are called “{twice}”. Nothing was read; rename one.", param="file")
    meanings = _meanings(names)
    if "prompt" not in meanings:
        raise InvalidRows(
            "The first line must name the columns, and one of them must be “prompt”. Nothing was read. "
            "A file with one prompt per line needs just “prompt” in its first line.",
            param="file",
        )
    return _counted(_read(lines[1:], names, meanings, delimiter))


def _one_column(text: str) -> list[str]:
    """Return the cells of a single column below its heading, if any.

    Anything that looks like a delimiter is part of a prompt.
    """
    try:
        cells = ["".join(line).strip() for line in _parsed(text, NO_DELIMITER)]
    # A prompt that begins with a quoted word.
    except csv.Error:
        cells = [line.strip() for line in text.splitlines()]
    if cells and COLUMNS.get(_named(cells[0])) == "prompt":
        return [_cell(cell) for cell in cells[1:]]
    return cells


def _table(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(_parsed(text, delimiter))
    except csv.Error as error:
        raise InvalidRows(
            f"This table can't be read ({error}). Nothing was read. Put quotation marks "
            "around a cell that contains any, and write each of its own twice.",
            param="file",
        ) from error


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _meanings(names: list[str]) -> list[str]:
    """Map each column to its field.

    Of two columns for one field, the one with the field's own name gets it; the other is kept apart.
    """
    meanings: list[str] = []
    for at, name in enumerate(names):
        meaning = COLUMNS.get(name, "")
        taken = meaning in meanings[:at] or (name != meaning and meaning in names)
        meanings.append("" if taken else meaning)
    return meanings


def _read(
    lines: Iterable[list[str]], names: list[str], meanings: list[str], delimiter: str
) -> Iterator[ParsedRow]:
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
                    f"Row {number} has text in a column without a name. Nothing was read; name the column, or "
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
        yield ParsedRow(said.get("prompt", ""), said.get("name", "")[:MAX_NAME], overrides, columns)


def _fit(line: list[str], width: int, prompt: int, delimiter: str) -> int:
    """Merge surplus cells of a row into its prompt, as if it had been quoted.

    Returns:
        The number of surplus cells.
    """
    while len(line) > width and not line[-1].strip():
        line.pop()
    surplus = max(0, len(line) - width)
    if surplus:
        line[prompt : prompt + surplus + 1] = [delimiter.join(line[prompt : prompt + surplus + 1])]
    return surplus


def _counted(rows: Iterable[ParsedRow]) -> list[ParsedRow]:
    kept: list[ParsedRow] = []
    for row in rows:
        if len(kept) == MAX_ROWS:
            raise InvalidRows(
                f"A batch can have at most {MAX_ROWS:,} rows, and this one has more. Nothing was read; split it.",
                param="rows",
            )
        kept.append(row)
    if not kept:
        raise InvalidRows("There are no rows yet. Write one prompt per line, or choose a file.", param="rows")
    return kept


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _text(text: str) -> str:
    """Remove NUL, which neither PostgreSQL's text nor a prompt may contain, and the "no delimiter" character."""
    return text.replace("\0", "").replace(NO_DELIMITER, "")


def _named(cell: str) -> str:
    """Convert a heading to a name: "Aspect ratio" becomes aspect_ratio."""
    return re.sub(r"\W+", "_", cell.strip().lower()).strip("_")[:30]


def _cell(cell: str) -> str:
    return csv_cells.unescape_formula(cell.strip())
