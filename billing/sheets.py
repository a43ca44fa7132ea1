"""Tables as CSV, without a cell that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from numbers import Number

FORMULA = re.compile(r"^[=+\-@\t\r]")
"""How a cell begins that a spreadsheet would run (OWASP, CSV injection)."""


class _Echo:
    """A file that hands each written line back."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, its heading first, one at a time however many there are."""
    yield line(columns)
    yield from map(line, rows)


def line(cells: Iterable[object]) -> str:
    """One line of a table."""
    written: str = csv.writer(_Echo()).writerow([harmless(cell) for cell in cells])
    return written


def harmless(cell: object) -> str:
    """A cell as text; words that look like a formula are marked. A number is none, below zero neither."""
    text = str(cell)
    return f"'{text}" if FORMULA.match(text) and not isinstance(cell, Number) else text


def bare(cell: str) -> str:
    """A cell that was `harmless`, without its mark."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
