"""CSV tables without cells that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from numbers import Number

FORMULA = re.compile(r"^[=+\-@\t\r]")
"""Beginnings of cells that a spreadsheet would run (OWASP, CSV injection)."""


class _Echo:
    """A file that returns each written line."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table, its heading first, one at a time however many there are."""
    yield line(columns)
    yield from map(line, rows)


def line(cells: Iterable[object]) -> str:
    """Format one line of a table."""
    written: str = csv.writer(_Echo()).writerow([escape_formula(cell) for cell in cells])
    return written


def escape_formula(cell: object) -> str:
    """Convert a cell to text and mark words that look like a formula; numbers, even negative ones, are none."""
    text = str(cell)
    return f"'{text}" if FORMULA.match(text) and not isinstance(cell, Number) else text


def unescape_formula(cell: str) -> str:
    """Remove the mark from a cell that `escape_formula` returned."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
