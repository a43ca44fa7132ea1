"""Parsing of a batch's rows: a prompt per line, or a table with a header."""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from core.outputs import csv_cells
from generation.batches import decoding, workbooks
from generation.batches.delimited import DELIMITERS, NO_DELIMITER, DelimitedText
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
    "references": "references", "reference": "references", "external_id": "external_id",
    **{name: name for name in IN_STUDIO},
}  # fmt: skip
"""Accepted column names, each with the field that it means."""
HEADING = "prompt"
SURPLUS = "surplus"
"""The override of a row that has more cells than the header: which delimiters should have been quoted."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row as it was written, not yet checked.

    Attributes:
        prompt: may be empty, which the check reports.
        name: used in the name of the file.
        overrides: what differs from the batch: n, model, style and image parameters as text, references as a
            list of public ids, style_values as a mapping, external_id; `SURPLUS`.
        columns: cells of columns that are no setting; they fill in placeholders of the same name.
    """

    prompt: str
    name: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """Return what is stored beside prompt and name."""
        return {**self.overrides, "columns": self.columns} if self.columns else dict(self.overrides)


class ParsedRows(list[ParsedRow]):
    """Rows, and what people have to know about where they come from."""

    note: str = ""


def from_lines(text: str) -> ParsedRows:
    """Read a prompt from each line, skipping empty lines; or a table that was copied with its heading.

    Raises:
        InvalidRows: there are none at all, or too many.
    """
    text = _text(text)
    table = DelimitedText.of(text)
    names = [_named(cell) for cell in table.heading]
    known = [name for name in names if name in COLUMNS]
    # A line of prompts may have commas, and begin with this word.
    if HEADING in names and len(known) > 1 and len(known) * 2 >= len(names):
        return _from_table(table)
    if names == [HEADING]:
        return _counted(ParsedRow(prompt) for prompt in table.lines()[1:] if prompt)
    return _counted(ParsedRow(line) for line in (line.strip() for line in text.splitlines()) if line)


def from_file(data: bytes, whose: Hashable = "") -> ParsedRows:
    """Read a CSV or TSV file or a workbook whose first line names the columns, or a file with a prompt per line.

    Args:
        data: the file: an Excel workbook (.xlsx), or text in UTF-8, UTF-16 or, where there is no doubt which, an
            older encoding.
        whose: the workspace, which can't take all places for reading workbooks.

    Raises:
        InvalidRows: it is too large, is no table, or has no column for the prompt.
        SlotsBusy: too many workbooks are being read right now.
    """
    if len(data) > MAX_BYTES:
        raise InvalidRows("The file is larger than 5 MB. Nothing was read; split it.", param="file")
    if data.startswith(workbooks.SIGNATURE):
        return _from_workbook(data, whose)
    table = DelimitedText.of(_text(decoding.text_of(data)))
    if table.delimiter:
        return _from_table(table)
    return _counted(ParsedRow(prompt) for prompt in _without_heading(table.lines()) if prompt)


def _from_workbook(data: bytes, whose: Hashable) -> ParsedRows:
    sheet = workbooks.read(data, whose, MAX_ROWS + 2, MAX_COLUMNS + 1)
    lines = [[_text(cell) for cell in line] for line in sheet.lines]
    filled = [
        at
        for at in range(max(map(len, lines)))
        if any(cell.strip() for line in lines for cell in line[at : at + 1])
    ]
    if len(filled) == 1:
        cells = [line[filled[0]].strip() if len(line) > filled[0] else "" for line in lines]
        rows = _counted(ParsedRow(prompt) for prompt in _without_heading(cells) if prompt)
    else:
        rows = _from_lines_of_cells(lines, "")
    rows.note = sheet.note
    return rows


def _from_table(table: DelimitedText) -> ParsedRows:
    return _from_lines_of_cells(table.cells(), table.delimiter)


def _from_lines_of_cells(lines: list[list[str]], delimiter: str) -> ParsedRows:
    names = [_named(cell) for cell in lines[0]]
    # A workbook's empty cells may have a color.
    while not delimiter and names and not names[-1]:
        names.pop()
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


def _without_heading(cells: list[str]) -> list[str]:
    """Return the cells of a single column below its heading, if any."""
    first = next((at for at, cell in enumerate(cells) if cell), 0)
    if cells and COLUMNS.get(_named(cells[first])) == "prompt":
        return [_cell(cell) for cell in cells[first + 1 :]]
    return cells


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
        surplus = _fit(line, len(names), meanings.index("prompt"), delimiter) if delimiter else 0
        cells = [_cell(cell) for cell in line]
        if not any(cells):
            continue
        said: dict[str, str] = {}
        columns: dict[str, str] = {}
        for name, meaning, cell in zip_longest(names, meanings, cells, fillvalue=""):
            if cell and meaning:
                said[meaning] = cell
            elif cell and name:
                columns[name] = cell
            elif cell:
                quote = f", or quote the {_delimiters(delimiter)} in the prompt" if delimiter else ""
                raise InvalidRows(
                    f"Row {number} has text in a column without a name. Nothing was read; name the column{quote}.",
                    param="file",
                )
        overrides: dict[str, Any] = {
            meaning: cell for meaning, cell in said.items() if meaning not in {"prompt", "name"}
        }
        if "references" in overrides:
            overrides["references"] = re.split(r"[\s;,|]+", overrides["references"])
        if surplus:
            overrides[SURPLUS] = _delimiters(delimiter)
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


def _delimiters(delimiter: str) -> str:
    return DELIMITERS.get(delimiter, f"signs {delimiter}")


def _counted(rows: Iterable[ParsedRow]) -> ParsedRows:
    kept = ParsedRows()
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


def _text(text: str) -> str:
    """Remove NUL, which neither PostgreSQL's text nor a prompt may contain, and the "no delimiter" character."""
    return text.replace("\0", "").replace(NO_DELIMITER, "")


def _named(cell: str) -> str:
    """Convert a heading to a name: "Aspect ratio" becomes aspect_ratio."""
    plain = unicodedata.normalize("NFKC", cell).strip().lower()
    return re.sub(r"\W+", "_", plain).strip("_")[:30]


def _cell(cell: str) -> str:
    return csv_cells.unescape_formula(cell.strip())
